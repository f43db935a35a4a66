import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../harness/app.js';
import { harmlessVariations, longWritten, rotationTo } from '../harness/identity-provider/variations.js';
import { givenShop } from '../harness/shop.js';
import { DeceivedShop, expectCode, firstSignInRows } from './deceived-shop.js';

let app: TestApp;
let shop: DeceivedShop;

beforeAll(async () => {
  app = await startApp();
  shop = new DeceivedShop(app, await givenShop(app));
});
afterAll(async () => {
  await shop.stop();
  await app.close();
});

describe('a provider that keeps to the standards in its own way', () => {
  it.each(harmlessVariations)('logs its person in with: $name', async ({ deviation, setting }) => {
    const connection = await shop.newPerson(setting);

    const attempt = await shop.attempt(connection, deviation);

    const { reason, events } = await app.log.ofRequest(attempt.requestId);
    const done = ['customer_created', 'identity_linked', 'sign_in_succeeded'];
    expect({ reason, events }).toEqual({ reason: undefined, events: done });
    expectCode(attempt);
    expect(attempt.rows).toEqual(firstSignInRows);
    const userinfo = setting.claimsIn === 'id_token' ? 0 : 1;
    expect(attempt.calls).toEqual({ authorize: 1, discovery: 1, jwks: 1, token: 1, userinfo });
  });

  it.each([0, 5, 30, 61])(
    'logs its person in after it has changed its key %d s after another login (rp-key-rotation-op-sign-key, -native)',
    async (seconds) => {
      const connection = await shop.newPerson({ metadata: { rotated_after: seconds } });
      expectCode(await shop.attempt(connection, {}));

      const attempt = await shop.attempt(connection, rotationTo(`key-after-${seconds}`), seconds);

      expectCode(attempt);
      expect(attempt.calls).toEqual({ authorize: 1, discovery: 0, jwks: 1, token: 1, userinfo: 0 });
    },
  );

  it.each([
    ['the shortest way', {}],
    ['a longer way', longWritten],
  ])('is not asked again for what has not changed, its endpoints being written in %s', async (way, deviation) => {
    const connection = await shop.newPerson({ metadata: { written_in: way } });
    expectCode(await shop.attempt(connection, deviation));

    const attempt = await shop.attempt(connection, deviation, 60);

    expectCode(attempt);
    expect(attempt.calls).toEqual({ authorize: 1, discovery: 0, jwks: 0, token: 1, userinfo: 0 });
  });
});
