import { beforeAll, describe, expect, it } from 'vitest';
import { sharedApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { addressMembers, givenShop, type Shop, type TestCustomer } from '../harness/shop.js';

const BODY_LIMIT_BYTES = 102_400;

let app: TestApp;
let shop: Shop;
let customer: TestCustomer;
let service: Record<string, string>;

beforeAll(async () => {
  app = await sharedApp();
  shop = await givenShop(app);
  customer = await shop.customer();
  service = await shop.service();
});

function write(body: string | Buffer, headers: Record<string, string> = {}) {
  return app.http
    .post(`/v2/customers/${customer.id}/addresses`)
    .set(service)
    .set({ 'content-type': 'application/json', ...headers })
    .serialize((sent: unknown) => sent as string)
    .send(body);
}

function addressCount(): Promise<number> {
  return app.database.prisma.address.count({ where: { storeId: shop.storeId } });
}

/** A body of this many bytes, filled up with a member that an address does not have. */
function bodyOf(bytes: number): string {
  const empty = JSON.stringify({ data: addressMembers, filler: '' });
  return JSON.stringify({ data: addressMembers, filler: 'x'.repeat(bytes - empty.length) });
}

/** `levels` objects and lists around nothing: the body itself is the first. */
function nested(levels: number, open = '{"n":', close = '}'): string {
  const inner = levels - 1;
  return `{"data":${JSON.stringify(addressMembers)},"n":${open.repeat(inner - 1)}${open === '[' ? '[]' : '{}'}${close.repeat(inner - 1)}}`;
}

describe('the size of a body', () => {
  it('may be 100 KB, to the byte', async () => {
    const body = bodyOf(BODY_LIMIT_BYTES);
    expect(Buffer.byteLength(body)).toBe(BODY_LIMIT_BYTES);
    expect((await write(body)).status).toBe(201);
  });

  it('is answered 413 from the next byte on, and nothing is stored', async () => {
    const before = await addressCount();
    expectError(await write(bodyOf(BODY_LIMIT_BYTES + 1)), 'body_too_large');
    expect(await addressCount()).toBe(before);
  });

  it('is counted while it arrives where no length was announced', async () => {
    const before = await addressCount();
    const answer = await fetch(`${app.origin}/v2/customers/${customer.id}/addresses`, {
      method: 'POST',
      headers: { ...service, 'content-type': 'application/json' },
      body: new Blob([bodyOf(BODY_LIMIT_BYTES + 1)]).stream(),
      duplex: 'half',
    });
    expectError(
      { status: answer.status, headers: Object.fromEntries(answer.headers), body: await answer.json() },
      'body_too_large',
    );
    expect(await addressCount()).toBe(before);
  });

  it('is refused to callers without a good token too, so that nobody can make the service hold more', async () => {
    expectError(await write(bodyOf(BODY_LIMIT_BYTES + 1), { authorization: 'Bearer x' }), 'body_too_large');
  });
});

describe('the depth of a body', () => {
  it('may be 32 levels', async () => {
    expect((await write(nested(32))).status).toBe(201);
    expect((await write(nested(32, '[', ']'))).status).toBe(201);
  });

  it.each([
    ['objects', '{"n":', '}'],
    ['lists', '[', ']'],
  ])('is answered 400 from level 33 on, for %s', async (_, open, close) => {
    const before = await addressCount();
    const detail = 'The body is nested deeper than 32 levels.';
    expectError(await write(nested(33, open, close)), 'body_malformed', [{ detail }]);
    expect(await addressCount()).toBe(before);
  });

  it('of tens of thousands of levels does not exhaust the stack', async () => {
    const levels = 50_000;
    const detail = 'The body is nested deeper than 32 levels.';
    expectError(await write('['.repeat(levels) + ']'.repeat(levels)), 'body_malformed', [{ detail }]);
    expectError(await write(`{"data":${'['.repeat(levels)}`), 'body_malformed');
  });
});

describe('text that the database cannot hold', () => {
  const detail = 'The body holds text with a NUL or a lone surrogate.';

  it.each([
    ['a NUL in a value', { ...addressMembers, line_1: '1\0Road' }],
    ['a NUL in a name', { ...addressMembers, 'line\0_1': '1 Road' }],
    ['a NUL in a list', { ...addressMembers, extra: [['\0']] }],
  ])('is answered 400: %s', async (_, data) => {
    const before = await addressCount();
    expectError(await write(JSON.stringify({ data })), 'body_malformed', [{ detail }]);
    expect(await addressCount()).toBe(before);
  });

  it.each(['\\ud800', '\\udc00', '\\udc00\\ud800', 'a\\uD83Db', '\\ud83d\\ud83d\\ude00'])(
    'is answered 400: the lone surrogate in %s',
    async (escape) => {
      const before = await addressCount();
      const body = JSON.stringify({ data: { ...addressMembers, line_1: '#' } }).replace('#', escape);
      expectError(await write(body), 'body_malformed', [{ detail }]);
      expect(await addressCount()).toBe(before);
    },
  );

  it('is not what a whole surrogate pair is', async () => {
    const body = JSON.stringify({ data: { ...addressMembers, line_1: '#' } }).replace('#', '\\ud83d\\ude00');
    const answer = await write(body);
    expect(answer.status).toBe(201);
    expect((answer.body as { data: { line_1: string } }).data.line_1).toBe('😀');
  });
});

describe('bytes that are no UTF-8', () => {
  it.each([
    ['a lone continuation byte', [0x80]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['a code point above the last', [0xf4, 0x90, 0x80, 0x80]],
    ['a cut sequence', [0xe2, 0x82]],
    ['latin-1', [0x5a, 0x6f, 0xeb]],
  ])('are answered 400: %s', async (_, bytes) => {
    const before = await addressCount();
    const [head = '', tail = ''] = JSON.stringify({ data: { ...addressMembers, line_1: '#' } }).split('#');
    const body = Buffer.concat([Buffer.from(head), Buffer.from(bytes), Buffer.from(tail)]);
    expectError(await write(body), 'body_malformed', [{ detail: 'The body is not valid UTF-8.' }]);
    expect(await addressCount()).toBe(before);
  });

  it('are answered 400 in a form of the OAuth endpoints too', async () => {
    const answer = await app.http
      .post('/oauth/access_token')
      .type('form')
      .serialize((sent: unknown) => sent as string)
      .send(Buffer.from([0x67, 0x3d, 0xff]));
    const detail = 'The body is not valid UTF-8.';
    expectError(answer, 'body_malformed', [{ detail }], { error: 'invalid_request', error_description: detail });
  });
});
