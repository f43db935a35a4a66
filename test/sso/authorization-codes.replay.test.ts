import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemOf } from '../../src/database/authority.js';
import { CustomerTokens } from '../../src/sessions/customer-tokens.js';
import { AuthorizationCodes } from '../../src/sso/authorization-codes.js';
import { sharedApp, startApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { aSecondLater } from '../harness/process-time.js';
import { CodeDesk, type Redemption, tokenOf } from './redemptions.js';

const REFUSED = { reason: 'code_used', events: ['login_failed'] };
const REPLAYED = {
  reason: 'code_used',
  events: ['authorization_code_replayed', 'customer_tokens_revoked', 'login_failed'],
};
const ELSEWHERE = 'https://elsewhere.example.test/cb';

let app: TestApp;
let twin: TestApp;
let desk: CodeDesk;

beforeAll(async () => {
  app = await sharedApp();
  twin = await startApp({ databaseUrl: app.config.databaseUrl });
  desk = await CodeDesk.open(app);
});

afterAll(async () => {
  await desk.close();
  await twin.close();
});

/** The first use, which wins. Both apps remember afterwards that the token is good. */
async function exchange(code: Redemption): Promise<{ id: string; token: string }> {
  const { id, token } = tokenOf(await desk.redeem(code));
  await expectGood(token);
  return { id, token };
}

async function expectGood(token: string): Promise<void> {
  for (const at of [app, twin]) expect(await desk.world.readsProfile(desk.customerId, token, at)).toBe(200);
}

async function register(redirectUris: readonly string[]): Promise<void> {
  const path = `/v2/authentication-realms/${desk.world.realmId}`;
  const body = { data: { redirect_uris: redirectUris } };
  await app.http.put(path).set(desk.world.service).send(body).expect(200);
}

describe('a valid use of a code that was exchanged', () => {
  it('within 2 s is refused and ends nothing', async () => {
    const code = await desk.newCode();
    const { id, token } = await exchange(code);
    // However slow the machine is.
    await desk.timePassedSinceUse(code, -3_600);

    for (const at of [app, twin]) {
      const answer = await desk.redeem(code, { at });
      expectError(answer, 'grant_invalid');
      expect(await desk.logged(answer, at)).toEqual(REFUSED);
    }

    expect(await desk.liveTokens()).toContain(id);
    await expectGood(token);
  });

  it('more than 2 s later is refused and ends the token at once here, and within a second in another process', async () => {
    const code = await desk.newCode();
    const { id, token } = await exchange(code);
    await desk.timePassedSinceUse(code, 2);

    const answer = await desk.redeem(code);

    expectError(answer, 'grant_invalid');
    expect(await desk.logged(answer)).toEqual(REPLAYED);
    expect(await desk.liveTokens()).not.toContain(id);
    expect(await desk.world.readsProfile(desk.customerId, token)).toBe(403);
    await aSecondLater(async () => {
      expect(await desk.world.readsProfile(desk.customerId, token, twin)).toBe(403);
    });
  });

  it('in another process is refused and ends the token there at once, and here within a second', async () => {
    const code = await desk.newCode();
    const { token } = await exchange(code);
    await desk.timePassedSinceUse(code, 2.5);

    const answer = await desk.redeem(code, { at: twin });

    expectError(answer, 'grant_invalid');
    expect(await desk.logged(answer, twin)).toEqual(REPLAYED);
    expect(await desk.world.readsProfile(desk.customerId, token, twin)).toBe(403);
    await aSecondLater(async () => {
      expect(await desk.world.readsProfile(desk.customerId, token)).toBe(403);
    });
  });

  it('ends the token also when the 60 s of the code are over, and no other token of that customer', async () => {
    const other = await exchange(await desk.newCode());
    const code = await desk.newCode();
    const { token } = await exchange(code);
    await desk.timePassedSinceUse(code, 3_600);

    expectError(await desk.redeem(code), 'grant_invalid');

    expect(await desk.world.readsProfile(desk.customerId, token)).toBe(403);
    await expectGood(other.token);
  });

  it('ends the token also when the redirect URI was taken from the realm meanwhile', async () => {
    const code = await desk.newCode();
    const { token } = await exchange(code);
    await desk.timePassedSinceUse(code, 2.5);
    await register([ELSEWHERE]);

    expectError(await desk.redeem(code), 'grant_invalid');

    expect(await desk.world.readsProfile(desk.customerId, token)).toBe(403);
    await register([code.oauth_redirect_uri]);
  });

  it('ends nothing when the first use was refused', async () => {
    const code = await desk.newCode();
    const before = await desk.liveTokens();
    expectError(await desk.redeem({ ...code, oauth_redirect_uri: ELSEWHERE }), 'grant_invalid');
    await desk.timePassedSinceUse(code, 2.5);

    const answer = await desk.redeem(code);

    expectError(answer, 'grant_invalid');
    expect(await desk.logged(answer)).toEqual(REFUSED);
    expect(await desk.liveTokens()).toEqual(before);
  });
});

describe('an invalid use of a code that was exchanged', () => {
  it.each<[string, Partial<Redemption>]>([
    ['a wrong verifier', { oauth_code_verifier: 'b'.repeat(43) }],
    ['a malformed verifier', { oauth_code_verifier: 'short' }],
    ['a wrong redirect URI', { oauth_redirect_uri: ELSEWHERE }],
  ])('is refused and ends nothing, however late it comes: %s', async (_, members) => {
    const code = await desk.newCode();
    const { id, token } = await exchange(code);
    await desk.timePassedSinceUse(code, 3_600);

    const answer = await desk.redeem({ ...code, ...members });

    expectError(answer, 'grant_invalid');
    expect(await desk.logged(answer)).toEqual(REFUSED);
    expect(await desk.liveTokens()).toContain(id);
    await expectGood(token);
  });
});

describe('a code whose redirect URI is taken from the realm after the sign-in', () => {
  it('is refused and used up, also when the redirect URI comes back', async () => {
    const code = await desk.newCode();
    const before = await desk.liveTokens();
    await register([ELSEWHERE]);

    const answer = await desk.redeem(code);

    expectError(answer, 'grant_invalid');
    expect(await desk.logged(answer)).toEqual({ reason: 'redirect_uri_mismatch', events: ['login_failed'] });
    await register([ELSEWHERE, code.oauth_redirect_uri]);
    const again = await desk.redeem(code);
    expectError(again, 'grant_invalid');
    expect(await desk.logged(again)).toEqual(REFUSED);
    expect(await desk.liveTokens()).toEqual(before);
  });

  it('works when it is registered again before the first use', async () => {
    const code = await desk.newCode();
    await register([ELSEWHERE]);
    await register([ELSEWHERE, code.oauth_redirect_uri]);

    expect(tokenOf(await desk.redeem(code)).customer_id).toBe(desk.customerId);
  });
});

describe('a valid use more than 2 s after a first one that has not come to its end yet', () => {
  it('ends the token that the first one is about to get', async () => {
    const code = await desk.newCode();
    const { storeId } = desk;
    const authority = systemOf(storeId);
    const grant = await app.nest.get(AuthorizationCodes, { strict: false }).redeem(authority, {
      code: code.oauth_authorization_code,
      redirectUri: code.oauth_redirect_uri,
      codeVerifier: code.oauth_code_verifier,
    });
    if ('refused' in grant) throw new Error(grant.refused);
    await desk.timePassedSinceUse(code, 3);

    const replay = await desk.redeem(code, { at: twin });
    expectError(replay, 'grant_invalid');
    expect(await desk.logged(replay, twin)).toEqual(REPLAYED);

    const login = { storeId, ...grant, mechanism: 'oidc' as const, verifiedPasswordHash: null };
    expect(await app.nest.get(CustomerTokens).issue(authority, login)).toBeNull();
    expect(await desk.liveTokens()).not.toContain(grant.tokenId);
  });
});
