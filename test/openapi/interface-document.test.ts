import { readdirSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { registeredRoutes } from '../../src/http/route-table.js';
import { sharedApp, type TestApp } from '../harness/app.js';
import { chapters } from './chapters.js';
import { interfaceDocument, operations, validatorOf } from '../harness/interface/document.js';

/** Pages and their files, for people. */
const NO_OPERATIONS = /^(GET \/docs(\/|$)|OPTIONS \*$)/;
/** Answers to which more may be added than is written down: members of the store's own, and a document of another kind. */
const OPEN_ANSWERS = ['Customer', 'OpenapiDocument'];

describe('the document of the interface', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await sharedApp();
  });

  it('is served as it is committed, with the base of this service: `npm run openapi` writes it anew', async () => {
    const { status, body } = await app.http.get('/openapi.json');
    expect(status).toBe(200);
    const served = { ...interfaceDocument, servers: [{ url: app.config.publicUrl }] };
    expect(JSON.stringify(body)).toBe(JSON.stringify(served));
  });

  it('has every route of the service, and no other', () => {
    const routes = registeredRoutes(app.nest.getHttpAdapter().getInstance())
      .filter(({ method }) => method !== 'HEAD')
      .map(({ method, url }) => `${method} ${url.replaceAll(/:(\w+)/g, '{$1}')}`)
      .filter((route) => !NO_OPERATIONS.test(route));
    const documented = operations.map(({ method, path }) => `${method.toUpperCase()} ${path}`);
    expect(documented.sort()).toEqual(routes.sort());
  });

  it('is linted by the recommended rules alone: no file of the linter switches one off', () => {
    const root = readdirSync(new URL('../..', import.meta.url));
    expect(root.filter((name) => /redocly/i.test(name))).toEqual([]);
  });

  it('calls every operation by a name of its own', () => {
    const names = operations.map(({ operation }) => operation.operationId);
    expect(new Set(names).size).toBe(names.length);
  });

  it('has each operation in one of the property runs', () => {
    const runs = operations.map(({ operation: { operationId, tags } }) => ({
      operationId,
      runs: Object.values(chapters).filter((chapter) => chapter.test(tags[0] ?? '')).length,
    }));
    expect(runs.filter((found) => found.runs !== 1)).toEqual([]);
  });

  it('closes every answer but those of customers', () => {
    const open = [...schemasOfAnswers()].filter((name) => {
      const { type, additionalProperties } = interfaceDocument.components.schemas[name] ?? {};
      return type === 'object' && additionalProperties !== false;
    });
    expect(open.sort()).toEqual(OPEN_ANSWERS);
  });

  it.each(Object.entries(interfaceDocument.components.schemas).filter(([, schema]) => 'examples' in schema))(
    'has an example of %s that is one',
    (name, schema) => {
      const validate = validatorOf(`#/components/schemas/${name}`);
      for (const example of schema['examples'] as unknown[]) {
        expect(validate(example), JSON.stringify(validate.errors)).toBe(true);
      }
    },
  );
});

/** The names of the schemas that answers are made of. */
function schemasOfAnswers(): Set<string> {
  const { responses, schemas } = interfaceDocument.components;
  const names = new Set<string>();
  const pending: unknown[] = [responses, operations.map(({ operation }) => operation.responses)];
  while (pending.length > 0) {
    const text = JSON.stringify(pending.pop());
    for (const [, name = ''] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      if (names.has(name)) continue;
      names.add(name);
      pending.push(schemas[name]);
    }
  }
  return names;
}
