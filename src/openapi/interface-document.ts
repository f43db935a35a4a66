import type { INestApplication } from '@nestjs/common';
import type { z } from 'zod';
import { permissionMatrix } from '../access/permissions.js';
import { type FaultStyle, faultStyles } from '../jsonapi/faults.js';
import { type DocumentedRoute, documentedRoutes, routeName } from './documented-routes.js';
import { HEADERS, INFO, SECURITY_SCHEMES, TAGS } from './document-parts.js';
import { isOauth, type Reference, type ResponseObject, responsesOf } from './operation-responses.js';
import { type QueryParameter, queryParameters } from './query-parameters.js';
import { type JsonSchema, SchemaComponents } from './schema-components.js';
import { addExamples } from './vendor-examples.js';

interface PathParameter {
  readonly name: string;
  readonly in: 'path';
  readonly required: true;
  readonly schema: JsonSchema;
}

export interface OperationObject {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters?: readonly (PathParameter | QueryParameter)[];
  readonly requestBody?: {
    readonly required: boolean;
    readonly content: Readonly<Record<string, { readonly schema: JsonSchema }>>;
  };
  readonly responses: Readonly<Record<string, ResponseObject | Reference>>;
}

/** An OpenAPI document, version 3.1. */
export interface InterfaceDocument {
  readonly openapi: '3.1.0';
  readonly info: typeof INFO;
  readonly servers: readonly { readonly url: string }[];
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly examples: Readonly<Record<string, JsonSchema>>;
    readonly responses: Readonly<Record<string, object>>;
    readonly headers: typeof HEADERS;
    readonly securitySchemes: typeof SECURITY_SCHEMES;
  };
}

/** A route as the framework's scanner finds it. */
interface ScannedOperation {
  readonly operationId?: string;
  readonly parameters?: readonly { readonly in: string; readonly name: string }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: JsonSchema }>> };
  readonly responses: Readonly<Record<string, unknown>>;
}

/**
 * Writes the document of the interface from what the routes declare: the schemas that check bodies and type answers, permissions,
 * list rules and the error catalog. Nothing in it is written down a second time.
 *
 * @param server base of all paths
 */
export async function describeInterface(app: INestApplication, server: string): Promise<InterfaceDocument> {
  const components = new SchemaComponents();
  const styles = new Map<string, FaultStyle>();
  const routes = documentedRoutes(app);
  const scanned = await scan(app, (schema) => {
    const json = components.use(schema, 'input');
    styles.set(JSON.stringify(json), faultStyles.get(schema)?.style ?? 'failed_validation');
    return json;
  });
  const paths: Record<string, Record<string, OperationObject>> = {};
  for (const [path, item] of Object.entries(scanned).sort(byChapter)) {
    for (const [method, operation] of Object.entries(item)) {
      const route = routes.get(operation.operationId ?? '');
      if (route === undefined) continue;
      (paths[path] ??= {})[method] = describe(components, { path, method, operation, route, styles });
    }
  }
  addExamples(components.schemas);
  return {
    openapi: '3.1.0',
    info: INFO,
    servers: [{ url: server }],
    tags: TAGS.map(({ name, description }) => ({ name, description })),
    paths,
    components: {
      schemas: sorted(components.schemas),
      examples: sorted(components.examples),
      responses: sorted(components.responses),
      headers: HEADERS,
      securitySchemes: SECURITY_SCHEMES,
    },
  };
}

/** The library is loaded for the first reader of the document, and not by every start. */
async function scan(
  app: INestApplication,
  toJson: (schema: z.ZodType) => JsonSchema,
): Promise<Record<string, Record<string, ScannedOperation>>> {
  const { DocumentBuilder, SwaggerModule } = await import('@nestjs/swagger');
  const { paths } = SwaggerModule.createDocument(app, new DocumentBuilder().setOpenAPIVersion('3.1.0').build(), {
    operationIdFactory: routeName,
    autoTagControllers: false,
    standardSchemaConverter: (schema) => ({ schema: toJson(schema as z.ZodType) }),
  });
  return paths as unknown as Record<string, Record<string, ScannedOperation>>;
}

interface FoundRoute {
  readonly path: string;
  readonly method: string;
  readonly operation: ScannedOperation;
  readonly route: DocumentedRoute;
  readonly styles: ReadonlyMap<string, FaultStyle>;
}

function describe(
  components: SchemaComponents,
  { path, method, operation, route, styles }: FoundRoute,
): OperationObject {
  const { notes } = route;
  const body = operation.requestBody?.content['application/json']?.schema;
  const bodyStyle = body === undefined ? null : (styles.get(JSON.stringify(body)) ?? null);
  const status = Object.keys(operation.responses).find((key) => /^2\d\d$/.test(key)) ?? '200';
  const parameters = [...pathParameters(path), ...queryParameters(components, notes)];
  const content =
    body !== undefined
      ? { 'application/json': { schema: body } }
      : notes.optionalBody !== undefined
        ? { 'application/json': { schema: components.use(notes.optionalBody, 'input') } }
        : notes.form === undefined
          ? undefined
          : { 'application/x-www-form-urlencoded': { schema: components.use(notes.form, 'input') } };
  return {
    operationId: notes.id,
    tags: [tagOf(path).name],
    summary: notes.summary,
    ...describedBy(route),
    security: securityOf(path, route),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(content === undefined ? {} : { requestBody: { required: notes.optionalBody === undefined, content } }),
    responses: responsesOf(components, { ...route, method, path, bodyStyle, status }),
  };
}

function describedBy({ notes, permission }: DocumentedRoute): { description?: string } {
  const needs =
    permission === null ? [] : [`Needs the permission \`${permission}\`: ${wordsFor(permissionMatrix[permission])}.`];
  const paragraphs = [...(notes.description === undefined ? [] : [notes.description]), ...needs];
  return paragraphs.length === 0 ? {} : { description: paragraphs.join('\n\n') };
}

function wordsFor(credentials: readonly string[]): string {
  const words = {
    implicit: 'any access token',
    customer: 'a customer token',
    client_credentials: 'client credentials',
  };
  return credentials.includes('implicit')
    ? words.implicit
    : Object.entries(words)
        .filter(([name]) => credentials.includes(name))
        .map(([, word]) => word)
        .join(' or ');
}

function securityOf(path: string, { permission, looksAtCustomerToken }: DocumentedRoute): OperationObject['security'] {
  if (permission === null) return isOauth(path) ? [{ clientSecret: [] }, {}] : [];
  const credentials: readonly string[] = permissionMatrix[permission];
  const bare = credentials.some((name) => name !== 'customer') ? [{ accessToken: [] }] : [];
  const narrowed = looksAtCustomerToken && credentials.includes('customer');
  return [...bare, ...(narrowed ? [{ accessToken: [], customerToken: [] }] : [])];
}

function pathParameters(path: string): PathParameter[] {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  return names.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string', format: 'uuid' } }));
}

function tagOf(path: string) {
  const tag = TAGS.find((candidate) => candidate.path.test(path));
  if (tag === undefined) throw new Error(`no chapter for ${path}`);
  return tag;
}

function byChapter([one]: [string, unknown], [other]: [string, unknown]): number {
  return TAGS.indexOf(tagOf(one)) - TAGS.indexOf(tagOf(other)) || (one < other ? -1 : 1);
}

function sorted<Value>(record: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).sort(([one], [other]) => (one < other ? -1 : 1)));
}
