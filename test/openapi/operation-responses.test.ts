import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../src/app.setup.js';
import { errorCatalog, type ErrorCode } from '../../src/errors/error-catalog.js';
import { LogSink, startApp, type TestApp, testConfig } from '../harness/app.js';
import { DatabaseState } from '../harness/database-state.js';
import { emptyDatabaseUrl } from '../harness/postgres.js';
import { watchAnswers } from '../harness/interface/answers.js';
import { type DocumentedOperation, operations, responseOf } from '../harness/interface/document.js';
import { scopingTable } from '../harness/scoping-table.js';
import { givenTwoStores, type Headers, headersOf, type TwoStores } from '../harness/two-stores.js';

interface ErrorBody {
  readonly errors?: readonly { readonly code: string }[];
}

/** More than any route takes. */
const TOO_LARGE = JSON.stringify({ data: { name: 'x'.repeat(1_048_576) } });

let app: TestApp;
let stores: TwoStores;
let service: Headers;
let untouched: Record<string, string>;
let state: DatabaseState;

beforeAll(async () => {
  app = await startApp({ tokenSigningAlg: 'ES256' });
  stores = await givenTwoStores(app);
  service = (await headersOf(stores)).service;
  state = await DatabaseState.of(app.database);
  untouched = await state.checksums();
});
afterAll(async () => {
  await stores.providers.stop();
  await app.close();
});

/** The codes that an operation documents for a status. */
function documented({ operation }: DocumentedOperation, key: string): string[] {
  if (!(key in operation.responses)) return [];
  const { content } = responseOf(operation, key);
  return Object.keys(content?.['application/json']?.examples ?? {});
}

function documents(operation: DocumentedOperation, code: ErrorCode): boolean {
  const { status } = errorCatalog[code];
  return documented(operation, status >= 500 ? '5XX' : String(status)).includes(code);
}

const refusing = (code: ErrorCode) =>
  operations
    .filter((operation) => documents(operation, code))
    .map((operation) => [nameOf(operation), operation] as const);

function nameOf({ method, path }: DocumentedOperation): string {
  return `${method.toUpperCase()} ${path}`;
}

function entryOf(operation: DocumentedOperation) {
  const entry = scopingTable[nameOf(operation).replaceAll(/\{(\w+)\}/g, ':$1')];
  if (entry === undefined) throw new Error(`no entry for ${nameOf(operation)}`);
  return entry;
}

/** A request about what belongs to Ann, good but for what the test makes of it. */
function request(operation: DocumentedOperation, headers: Headers, query = '', http = app.http) {
  const path = entryOf(operation).path(stores.ann);
  const separator = query === '' ? '' : path.includes('?') ? '&' : '?';
  return http[operation.method as 'get' | 'post' | 'put' | 'delete'](`${path}${separator}${query}`).set(headers);
}

function withGoodBody(operation: DocumentedOperation, sent: ReturnType<typeof request>) {
  const { body, form } = entryOf(operation);
  return body === undefined ? sent : sent.type(form === true ? 'form' : 'json').send(body(stores.ann, stores));
}

/** The whole body is checked against the document where every answer is; nothing is written. */
async function expectRefusal(sent: PromiseLike<{ status: number; body: unknown; text: string }>, code: ErrorCode) {
  const answer = await sent;
  expect((answer.body as ErrorBody).errors?.[0]?.code, answer.text).toBe(code);
  expect(answer.status).toBe(errorCatalog[code].status);
  expect(await state.checksums()).toEqual(untouched);
}

describe('every operation that documents it refuses', () => {
  it.each(refusing('query_malformed'))('a query that cannot be read: %s', async (_, operation) => {
    await expectRefusal(request(operation, service, 'a=%zz'), 'query_malformed');
  });

  it.each(refusing('headers_too_large'))('a head of too many lines: %s', async (_, operation) => {
    const lines = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`x-line-${index}`, 'x']));
    await expectRefusal(request(operation, { ...service, ...lines }), 'headers_too_large');
  });

  it.each(refusing('access_token_invalid'))('to do anything without an access token: %s', async (_, operation) => {
    await expectRefusal(withGoodBody(operation, request(operation, {})), 'access_token_invalid');
  });

  it.each(refusing('forbidden'))('what the key has no permission for: %s', async (_, operation) => {
    const key = await stores.shop.otherKey({ permissions: [] });
    const headers = await stores.shop.service(key);
    untouched = await state.checksums();
    await expectRefusal(withGoodBody(operation, request(operation, headers)), 'forbidden');
  });

  it.each(refusing('customer_token_invalid'))('a customer token that is none: %s', async (_, operation) => {
    const headers = { ...service, 'x-moltin-customer-token': 'none' };
    await expectRefusal(withGoodBody(operation, request(operation, headers)), 'customer_token_invalid');
  });

  it.each(refusing('customer_forbidden'))('another customer than the one of the token: %s', async (_, operation) => {
    const headers = { ...service, 'x-moltin-customer-token': stores.bob.token };
    await expectRefusal(withGoodBody(operation, request(operation, headers)), 'customer_forbidden');
  });

  it.each(refusing('body_malformed'))('a body that is no JSON: %s', async (_, operation) => {
    const sent = request(operation, service).set('content-type', 'application/json').send('{"data":');
    await expectRefusal(sent, 'body_malformed');
  });

  it.each(refusing('media_type_unsupported'))('a body with a content coding: %s', async (_, operation) => {
    const sent = request(operation, service).set('content-encoding', 'gzip').type('json').send('{}');
    await expectRefusal(sent, 'media_type_unsupported');
  });

  // That of a DELETE may be any.
  const reading = refusing('media_type_unsupported').filter(([, operation]) => documents(operation, 'body_malformed'));
  it.each(reading)('a body of parts: %s', async (_, operation) => {
    const sent = request(operation, service).set('content-type', 'multipart/form-data; boundary=b').send('--b--');
    await expectRefusal(sent, 'media_type_unsupported');
  });

  it.each(refusing('body_too_large'))('a body that is too large: %s', async (_, operation) => {
    const sent = request(operation, service).set('content-type', 'application/json').send(TOO_LARGE);
    await expectRefusal(sent, 'body_too_large');
  });

  it.each([
    ...refusing('validation_failed').filter(([, { operation }]) => operation.requestBody?.required === true),
    ...refusing('member_invalid'),
  ])('a body without data: %s', async (_, operation) => {
    const code = documents(operation, 'member_invalid') ? 'member_invalid' : 'validation_failed';
    await expectRefusal(request(operation, service).send({}), code);
  });

  it.each(refusing('page_invalid'))('a page that is none: %s', async (_, operation) => {
    await expectRefusal(request(operation, service, 'page[limit]=0'), 'page_invalid');
  });

  it.each(refusing('filter_unsupported'))('a filter that it does not know: %s', async (_, operation) => {
    await expectRefusal(request(operation, service, 'filter=eq(secret,1)'), 'filter_unsupported');
  });

  it.each(refusing('sort_unsupported'))('a sort that it does not know: %s', async (_, operation) => {
    await expectRefusal(request(operation, service, 'sort=secret'), 'sort_unsupported');
  });

  describe('to serve while the service is not ready', () => {
    let waiting: NestFastifyApplication;
    let http: ReturnType<typeof supertest>;

    beforeAll(async () => {
      // It waits for somebody to migrate its database.
      const databaseUrl = await emptyDatabaseUrl();
      waiting = await createApp({ ...testConfig, databaseUrl }, { logStream: new LogSink() });
      watchAnswers(waiting.getHttpServer());
      await waiting.listen(0, '127.0.0.1');
      http = supertest(await waiting.getUrl());
    });
    afterAll(() => waiting.close());

    it.each(refusing('unavailable'))('%s', async (_, operation) => {
      await expectRefusal(withGoodBody(operation, request(operation, service, '', http)), 'unavailable');
    });
  });

  describe('a write that meets another one', () => {
    const TABLES = `SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`;

    beforeAll(async () => {
      // The database says of every write what it says of one that it cannot bring together with others.
      const { pool } = app.database;
      await pool.query(`CREATE FUNCTION conflict() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'could not serialize access' USING ERRCODE = '40001'; END $$`);
      const { rows } = await pool.query<{ name: string }>(TABLES);
      for (const { name } of rows) {
        await pool.query(`CREATE TRIGGER conflict BEFORE INSERT OR UPDATE OR DELETE ON "${name}"
          FOR EACH STATEMENT EXECUTE FUNCTION conflict()`);
      }
    });
    afterAll(() => app.database.pool.query('DROP FUNCTION conflict() CASCADE'));

    it.each(refusing('write_conflict'))('%s', async (_, operation) => {
      await expectRefusal(withGoodBody(operation, request(operation, service)), 'write_conflict');
    });
  });
});
