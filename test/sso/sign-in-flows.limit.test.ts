import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256 } from '../../src/crypto/digest.js';
import { sharedApp, type TestApp } from '../harness/app.js';
import { HostileProvider } from '../harness/identity-provider/hostile.js';
import { givenSignIn, type SignIn } from '../harness/identity-provider/sign-in.js';
import { givenShop, type Shop } from '../harness/shop.js';
import { AuthorizationEndpoint } from './authorization-endpoint.js';

const OPEN_MAX = 20_000;
/** So many an address may have on their way whatever the others have. */
const OPEN_FEW = 10;

let app: TestApp;
let shop: Shop;
let provider: HostileProvider;
let signIn: SignIn;

beforeAll(async () => {
  app = await sharedApp();
  shop = await givenShop(app);
  provider = await HostileProvider.start(app.clock);
  signIn = await givenSignIn(shop, provider);
});

afterAll(async () => {
  await app.database.prisma.ssoFlow.deleteMany({ where: { storeId: shop.storeId } });
  await provider.stop();
});

/** @param seconds from now at which they end */
async function givenFlows(count: number, seconds: number): Promise<void> {
  await app.database.pool.query(
    `INSERT INTO sso_flows (store_id, state_hash, realm_id, profile_id, browser_hash, sealed_secrets, redirect_uri,
       storefront_state, code_challenge, report_callback_replay, created_at, expires_at)
     SELECT $1, sha256(($4 || ':' || n)::bytea), $2, $3, sha256(n::text::bytea), '\\x00', $5, 'state', repeat('a', 43), false,
       now(), now() + $4::int * interval '1 second'
     FROM generate_series(1, $6::int) n`,
    [shop.storeId, signIn.realmId, signIn.profileId, seconds, signIn.redirectUri, count],
  );
}

describe('the sign-ins of one profile that are on their way', () => {
  it('are at most 20,000 but for the first few of an address: one more is told to come later, and other profiles are not affected', async () => {
    const endpoint = new AuthorizationEndpoint(signIn);
    await givenFlows(100, -1);
    // All of other addresses.
    await givenFlows(OPEN_MAX, 600);
    for (let own = 0; own < OPEN_FEW; own += 1) {
      expect((await endpoint.ask()).headers.location).toMatch(/\/authorize\?/);
    }
    const refused = await endpoint.ask({ state: 'kept' });
    expect([refused.status, refused.headers.location]).toEqual([
      303,
      `${signIn.redirectUri}?error=temporarily_unavailable&error_description=too_many_sign_ins&state=kept`,
    ]);
    expect(refused.headers).not.toHaveProperty('set-cookie');
    expect(await app.log.ofRequest(String(refused.headers['x-request-id']))).toMatchObject({
      reason: 'starts_limited',
      profile_id: signIn.profileId,
      events: ['sign_in_refused'],
    });
    expect(await endpoint.flows()).toBe(OPEN_MAX + OPEN_FEW + 100);

    const other = new AuthorizationEndpoint(await givenSignIn(shop, provider));
    expect((await other.ask()).headers.location).toMatch(/\/authorize\?/);

    // One of its own ends, or so many of the others that there is room again.
    await app.database.pool.query(
      `UPDATE sso_flows SET expires_at = now() - interval '1 second' WHERE (store_id, state_hash) IN
         (SELECT store_id, state_hash FROM sso_flows WHERE store_id = $1 AND profile_id = $2 AND address_hash IS NOT NULL LIMIT 1)`,
      [shop.storeId, signIn.profileId],
    );
    expect((await endpoint.ask()).headers.location).toMatch(/\/authorize\?/);
    expect((await endpoint.ask()).headers.location).toMatch(/error=temporarily_unavailable/);
    const { rowCount } = await app.database.pool.query(
      `UPDATE sso_flows SET expires_at = now() - interval '1 second'
       WHERE (store_id, state_hash) IN (SELECT store_id, state_hash FROM sso_flows
         WHERE store_id = $1 AND profile_id = $2 AND expires_at > now() AND address_hash IS NULL LIMIT $3)`,
      [shop.storeId, signIn.profileId, OPEN_FEW + 1],
    );
    expect(rowCount).toBe(OPEN_FEW + 1);
    expect((await endpoint.ask()).headers.location).toMatch(/\/authorize\?/);
    expect((await endpoint.ask()).headers.location).toMatch(/error=temporarily_unavailable/);
  });

  it('are counted by a keyed digest of the address, which the database does not know', async () => {
    const counted = await givenSignIn(shop, provider);
    const endpoint = new AuthorizationEndpoint(counted);
    for (let own = 0; own < 2; own += 1) await endpoint.ask();
    const flows = await app.database.prisma.ssoFlow.findMany({
      where: { storeId: shop.storeId, profileId: counted.profileId },
    });
    const digests = flows.map(({ addressHash }) => Buffer.from(addressHash ?? []).toString('hex'));
    expect(digests).toEqual([digests[0], digests[0]]);
    expect(digests[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(digests[0]).not.toBe(sha256('127.0.0.1').toString('hex'));
  });
});
