import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { InterfaceDocument, OperationObject } from '../../../src/openapi/interface-document.js';
import type { ResponseObject } from '../../../src/openapi/operation-responses.js';

/** The committed document: that it is the one of the sources, a test of its own says. */
export const interfaceDocument = JSON.parse(
  readFileSync(new URL('../../../openapi.json', import.meta.url), 'utf8'),
) as InterfaceDocument;

export interface DocumentedOperation {
  readonly path: string;
  readonly method: string;
  readonly operation: OperationObject;
}

export const operations: readonly DocumentedOperation[] = Object.entries(interfaceDocument.paths).flatMap(
  ([path, item]) => Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
);

const ROOT = 'interface';
const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
// Letters of any script (RFC 6531); which of them are addresses, tests of their own say.
ajv.addFormat('idn-email', /^[^\s@]+@[^\s@]+$/);
ajv.addSchema(interfaceDocument, ROOT);

/** Checks a value against the schema at a place of the document, or against a schema that refers to the document. */
export function validatorOf(schema: object | string): ValidateFunction {
  if (typeof schema === 'string') {
    const found = ajv.getSchema(`${ROOT}${schema}`);
    if (found === undefined) throw new Error(`no schema at ${schema}`);
    return found;
  }
  const known = compiled.get(schema);
  if (known !== undefined) return known;
  const made = ajv.compile(absolute(schema));
  compiled.set(schema, made);
  return made;
}

const compiled = new WeakMap<object, ValidateFunction>();

function absolute(schema: object): object {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/', `"${ROOT}#/`)) as object;
}

/** What a reference stands for. */
export function resolved<Value>(value: Value | { readonly $ref: string }): Value {
  if (typeof value !== 'object' || value === null || !('$ref' in value)) return value;
  let found: unknown = interfaceDocument;
  for (const part of value.$ref.slice(2).split('/')) found = (found as Record<string, unknown>)[part];
  return found as Value;
}

/** The key under which an operation documents a status, if it does. */
export function statusKey(operation: OperationObject, status: number): string | null {
  if (String(status) in operation.responses) return String(status);
  const range = `${Math.floor(status / 100)}XX`;
  return range in operation.responses ? range : null;
}

export function responseOf(operation: OperationObject, key: string): ResponseObject {
  const response = operation.responses[key];
  if (response === undefined) throw new Error(`${operation.operationId} documents no ${key}`);
  return resolved<ResponseObject>(response);
}

/** Every path of the document with its parts, a named one before one with a parameter. */
const templates = Object.keys(interfaceDocument.paths)
  .sort((one, other) => one.split('{').length - other.split('{').length)
  .map((path) => ({ path, parts: path.split('/') }));

/** The paths that a request may mean, a named one before one with a parameter. Empty where the document has no such path. */
export function pathsAt(requestPath: string): string[] {
  const segments = requestPath.replace(/(.)\/$/, '$1').split('/');
  return templates.filter(({ parts }) => fits(parts, segments)).map(({ path }) => path);
}

/** The operation that a request is for: of the paths that it may mean, the first that takes the method. */
export function operationAt(method: string, requestPath: string): DocumentedOperation | null {
  for (const path of pathsAt(requestPath)) {
    const operation = interfaceDocument.paths[path]?.[method];
    if (operation !== undefined) return { path, method, operation };
  }
  return null;
}

/** The methods that a path takes, in lower case. */
export function methodsAt(requestPath: string): string[] {
  const methods = pathsAt(requestPath).flatMap((path) => Object.keys(interfaceDocument.paths[path] ?? {}));
  return [...new Set(methods)].sort();
}

function fits(parts: readonly string[], segments: readonly string[]): boolean {
  return (
    parts.length === segments.length &&
    parts.every((part, index) => (part.startsWith('{') ? segments[index] !== '' : part === segments[index]))
  );
}
