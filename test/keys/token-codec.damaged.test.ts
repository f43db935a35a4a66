import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../harness/app.js';
import { givenShop, type Shop } from '../harness/shop.js';
import { sized } from '../harness/tier/sizes.js';

const ACCESS_TOKEN_FLIPS = sized('damaged access tokens', { test: 500, thorough: 2_000 });
const CUSTOMER_TOKEN_FLIPS = sized('damaged customer tokens', { test: 250, thorough: 500 });
const AT_ONCE = 25;

/** The same numbers in every run (mulberry32), so that a failure can be found again. */
function seededNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** The token with one bit of one byte flipped, in its text or in what its text stands for, as far as a header can carry it. */
function flipOneBit(token: string, below: (limit: number) => number): string {
  for (;;) {
    const bit = 1 << below(8);
    if (below(2) === 0) {
      const bytes = Buffer.from(token, 'latin1');
      const at = below(bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ bit;
      const text = bytes.toString('latin1');
      if (/^[\x21-\x7e]+$/.test(text)) return text;
    } else {
      const segments = token.split('.');
      const which = below(segments.length);
      const bytes = Buffer.from(segments[which] ?? '', 'base64url');
      const at = below(bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ bit;
      segments[which] = bytes.toString('base64url');
      return segments.join('.');
    }
  }
}

/** Statuses and bodies of the answers to all tokens, without the request ids, each once. */
async function distinctAnswers(
  { http }: TestApp,
  path: string,
  tokens: string[],
  headersOf: (token: string) => Record<string, string>,
) {
  const answers = new Map<string, number>();
  const pending = [...tokens];
  const work = async () => {
    for (let token = pending.pop(); token !== undefined; token = pending.pop()) {
      const answer = await http.get(path).set(headersOf(token));
      const text = answer.text.replace(/"request_id":"[^"]+"/, '"request_id":"ID"');
      const seen = `${answer.status} ${text}`;
      answers.set(seen, (answers.get(seen) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return Object.fromEntries(answers);
}

describe('a token with one bit flipped', () => {
  let app: TestApp;
  let shop: Shop;

  beforeAll(async () => {
    // Thousands of lines would only slow down whoever looks for one.
    app = await startApp({ logLevel: 'silent' });
    shop = await givenShop(app);
  });

  afterAll(() => app.close());

  it(`is the one 401 as an access token, ${ACCESS_TOKEN_FLIPS} times out of ${ACCESS_TOKEN_FLIPS}`, async () => {
    const token = await shop.token('client_credentials');
    const random = seededNumbers(20_261_120);
    const flipped = Array.from({ length: ACCESS_TOKEN_FLIPS }, () => flipOneBit(token, random));
    const headersOf = (text: string) => ({ authorization: `Bearer ${text}` });
    const path = '/v2/settings/store';

    expect(flipped.filter((text) => text === token)).toEqual([]);
    expect(Object.keys(await distinctAnswers(app, path, [token], headersOf))[0]).toMatch(/^200 /);
    expect(await distinctAnswers(app, path, flipped, headersOf)).toEqual({
      '401 {"errors":[{"status":401,"title":"Unable to validate access token","detail":"The access token is missing, unknown or expired.","code":"access_token_invalid","request_id":"ID"}]}':
        ACCESS_TOKEN_FLIPS,
    });
  }, 60_000);

  it(`is the one 403 as a customer token, ${CUSTOMER_TOKEN_FLIPS} times out of ${CUSTOMER_TOKEN_FLIPS}`, async () => {
    const ann = await shop.customer();
    const { token } = await shop.login(ann);
    const implicit = await shop.implicit();
    const random = seededNumbers(20_261_121);
    const flipped = Array.from({ length: CUSTOMER_TOKEN_FLIPS }, () => flipOneBit(token, random));
    const headersOf = (text: string) => ({ ...implicit, 'x-moltin-customer-token': text });
    const path = `/v2/customers/${ann.id}`;

    expect(flipped.filter((text) => text === token)).toEqual([]);
    expect(Object.keys(await distinctAnswers(app, path, [token], headersOf))[0]).toMatch(/^200 /);
    expect(await distinctAnswers(app, path, flipped, headersOf)).toEqual({
      '403 {"errors":[{"status":403,"title":"Forbidden","detail":"The customer token supplied is not valid.","code":"customer_token_invalid","request_id":"ID"}]}':
        CUSTOMER_TOKEN_FLIPS,
    });
  }, 60_000);
});
