import { beforeAll, describe, expect, it } from 'vitest';
import { expectError } from '../harness/error-answers.js';
import { addressMembers, type TestCustomer } from '../harness/shop.js';
import { type ExactHeads, givenExactHeads } from './exact-heads.js';

let customer: TestCustomer;
let authorization: string;
let ask: ExactHeads['ask'];
const body = JSON.stringify({ data: addressMembers });

beforeAll(async () => {
  ({ customer, authorization, ask } = await givenExactHeads());
});

describe('a trailer that would decide', () => {
  const chunked = ['Host: a.test', 'Transfer-Encoding: chunked'];
  const sentWith = (...trailers: string[]) => [body.length.toString(16), body, '0', ...trailers, '', ''].join('\r\n');
  const path = () => `/v2/customers/${customer.id}/addresses`;
  const detailOf = (name: string) => `The header ${name} must not be a trailer.`;
  const FIELDS = ['X-Moltin-Customer-Token', 'Authorization', 'If-Match', 'Content-Encoding', 'Content-Type', 'Host'];

  it.each([...FIELDS, 'Content-Length', 'Transfer-Encoding'])(
    'is answered 400 where it is announced, also on a GET: %s',
    async (name) => {
      for (const announced of [name, name.toLowerCase(), `X-A, ${name} ,X-B`]) {
        const headers = [...chunked, authorization, `Trailer: ${announced}`];
        const read = await ask('GET /v2/customers HTTP/1.1', headers, '0\r\n\r\n');
        expectError(read, 'request_malformed', [{ detail: detailOf(name) }]);
        const written = await ask(`POST ${path()} HTTP/1.1`, headers, sentWith());
        expectError(written, 'request_malformed', [{ detail: detailOf(name) }]);
      }
      const twice = [...chunked, 'Trailer: X-A', `Trailer: ${name}`];
      expectError(await ask('GET /nothing HTTP/1.1', twice, '0\r\n\r\n'), 'request_malformed', [
        { detail: detailOf(name) },
      ]);
    },
  );

  it.each(FIELDS)(
    'is answered 400 behind a body that is read, before anybody is asked who they are: %s',
    async (name) => {
      for (const headers of [chunked, [...chunked, authorization]]) {
        const answer = await ask(`POST ${path()} HTTP/1.1`, headers, sentWith('X-A: b', `${name}: x`));
        expectError(answer, 'request_malformed', [{ detail: detailOf(name) }]);
      }
    },
  );

  it('is no other trailer', async () => {
    const headers = [...chunked, authorization, 'Trailer: X-Checksum'];
    expect((await ask(`POST ${path()} HTTP/1.1`, headers, sentWith('X-Checksum: 1'))).status).toBe(201);
  });
});
