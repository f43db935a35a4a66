import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../harness/app.js';
import type { Lie } from '../harness/identity-provider/deviation.js';
import { idTokenLies, otherLies } from '../harness/identity-provider/lies.js';
import { rsaKey } from '../harness/identity-provider/signing-keys.js';
import { givenShop } from '../harness/shop.js';
import { sampleOf } from '../harness/tier/sizes.js';
import { DeceivedShop, expectCode, expectRefusal, firstSignInRows, noRows } from './deceived-shop.js';

/** After which the provider tells the truth, and its person gets in. */
const FORGIVEN = new Set(
  sampleOf('lies after which the truth is believed', [...idTokenLies, ...otherLies], {
    take: 30,
    each: [({ reason }) => reason],
  }),
);

describe('a provider that lies', () => {
  let app: TestApp;
  let shop: DeceivedShop;

  beforeAll(async () => {
    // At once: while a key is made nothing else goes on, and a call of the service may take 3 s only.
    rsaKey('stranger');
    app = await startApp();
    shop = new DeceivedShop(app, await givenShop(app));
  });
  afterAll(async () => {
    await shop.stop();
    await app.close();
  });

  /** @returns the calls that the provider got in the sign-in that was refused */
  async function expectRefused(lie: Lie) {
    const connection = await shop.newPerson(lie.setting);

    const deceived = await shop.attempt(connection, lie.deviation);
    const { reason, events, profile_id } = await app.log.ofRequest(deceived.requestId);
    expect({ reason, events, profile_id }).toEqual({
      reason: lie.reason,
      events: ['sign_in_refused'],
      profile_id: connection.signIn.profileId,
    });
    expectRefusal(deceived, lie);
    expect(deceived.rows).toEqual(noRows);

    if (!FORGIVEN.has(lie)) return deceived.calls;
    const honest = await shop.attempt(connection, {});
    expectCode(honest);
    expect(honest.rows).toEqual(firstSignInRows);
    return deceived.calls;
  }

  it.each(idTokenLies)(
    'is refused for $reason, asks no userinfo and leaves nothing behind when its ID token has: $name',
    async (lie) => {
      const { token, userinfo } = await expectRefused(lie);
      expect({ token, userinfo }).toEqual({ token: 1, userinfo: 0 });
    },
  );

  it.each(otherLies)('is refused for $reason and leaves nothing behind when it comes with: $name', async (lie) => {
    await expectRefused(lie);
  });

  it('lies in at least 60 ways, no two of one name', () => {
    const names = [...idTokenLies, ...otherLies].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThanOrEqual(60);
  });
});
