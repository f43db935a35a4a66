import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { givenShop, uniqueEmail } from '../harness/shop.js';
import { countRows } from '../harness/stored-rows.js';
import { CodeDesk, type Redemption, tokenOf } from './redemptions.js';

let app: TestApp;
let desk: CodeDesk;

beforeAll(async () => {
  app = await sharedApp();
  desk = await CodeDesk.open(app);
});

afterAll(() => desk.close());

/** A use that is refused for this reason and gives nothing. */
async function expectRefused(redemption: object, reason: string): Promise<void> {
  const before = await countRows(desk.world.shop, 'customer_tokens');
  const answer = await desk.redeem(redemption);
  expectError(answer, 'grant_invalid');
  expect(await desk.logged(answer)).toEqual({ reason, events: ['login_failed'] });
  expect(await countRows(desk.world.shop, 'customer_tokens')).toBe(before);
}

describe('a code that comes with what it is not bound to', () => {
  const uri = 'https://shop.example.test/cb';
  const WRONG: [fault: string, reason: string, members: Partial<Redemption>][] = [
    ...[
      'https://elsewhere.example.test/cb',
      `${uri}/`,
      `${uri}?`,
      `${uri}?next=1`,
      `${uri}#`,
      ` ${uri}`,
      uri.toUpperCase(),
      'https://shop.example.test:443/cb',
      'https://shop.example.test/%63b',
      'https://shop.example.test/x/../cb',
      'http://shop.example.test/cb',
    ].map((oauth_redirect_uri): (typeof WRONG)[number] => [
      `the redirect URI ${oauth_redirect_uri}`,
      'redirect_uri_mismatch',
      { oauth_redirect_uri },
    ]),
    ['a wrong verifier', 'code_verifier_mismatch', { oauth_code_verifier: 'b'.repeat(43) }],
    ['a verifier that is none', 'code_verifier_mismatch', { oauth_code_verifier: 'short' }],
    [
      'a wrong verifier and a wrong redirect URI',
      'redirect_uri_mismatch',
      { oauth_code_verifier: 'short', oauth_redirect_uri: 'https://elsewhere.example.test/cb' },
    ],
  ];

  it.each(WRONG)('is refused and used up: %s', async (_, reason, members) => {
    const code = await desk.newCode();
    await expectRefused({ ...code, ...members }, reason);
    expect(await desk.stored(code)).toMatchObject({ usedAt: expect.any(Date), tokenId: null });
    await expectRefused(code, 'code_used');
  });

  it('is unknown to another store, which does not use it up', async () => {
    const code = await desk.newCode();
    const other = await givenShop(app);
    const answer = await desk.redeem(code, { headers: await other.implicit() });
    expectError(answer, 'grant_invalid');
    expect(await desk.logged(answer)).toEqual({ reason: 'code_unknown', events: ['login_failed'] });
    expect(tokenOf(await desk.redeem(code)).customer_id).toBe(desk.customerId);
  });
});

describe('a code that is no good', () => {
  it('is refused when its 60 seconds are over, and no sooner', async () => {
    const code = await desk.newCode();
    const { rows } = await app.database.pool.query<{ seconds: number }>(
      `SELECT extract(epoch FROM expires_at - created_at)::float AS seconds FROM authorization_codes
       WHERE store_id = $1 AND used_at IS NULL`,
      [desk.storeId],
    );
    expect(rows.length).toBeGreaterThan(0);
    for (const { seconds } of rows) expect(seconds).toBeCloseTo(60, 1);
    await expire(code, '1 millisecond');
    await expectRefused(code, 'code_expired');
    await expectRefused(code, 'code_used');

    const inTime = await desk.newCode();
    await expire(inTime, '-1 minute');
    expect(tokenOf(await desk.redeem(inTime)).customer_id).toBe(desk.customerId);
  });

  async function expire({ oauth_authorization_code: code }: Redemption, ago: string): Promise<void> {
    await app.database.pool.query(
      `UPDATE authorization_codes SET expires_at = clock_timestamp() - $3::interval
       WHERE store_id = $1 AND code_hash = sha256($2::text::bytea)`,
      [desk.storeId, code, ago],
    );
  }

  it.each([
    ['never made', () => 'a'.repeat(43)],
    ['one letter', () => 'a'],
    ['2,048 letters', () => 'x'.repeat(2_048)],
    ['a blank', () => ' '],
    ['an operator as text', () => '{"$ne":""}'],
    ['SQL', () => `' OR used_at IS NULL --`],
    ['a right one with a blank behind', (right: string) => `${right} `],
    ['a right one with a line feed behind', (right: string) => `${right}\n`],
    ['a right one with padding', (right: string) => `${right}=`],
    ['a right one in capitals', (right: string) => right.toUpperCase()],
    [
      'a right one with its last letter changed',
      (right: string) => right.slice(0, -1) + (right.endsWith('A') ? 'B' : 'A'),
    ],
  ])('is refused and uses up no other code: %s', async (_, alter) => {
    const code = await desk.newCode();
    const oauth_authorization_code = alter(code.oauth_authorization_code);

    await expectRefused({ ...code, oauth_authorization_code }, 'code_unknown');

    expect(tokenOf(await desk.redeem(code)).customer_id).toBe(desk.customerId);
  });
});

describe('a code for an identity that stands for another person by now', () => {
  it.each(['issuer', 'subject'])('is not made where another %s was vouched for', async (member) => {
    const before = await countRows(desk.world.shop, 'authorization_codes');
    const bound = { redirectUri: desk.world.door.signIn.redirectUri, codeChallenge: 'c'.repeat(43) };

    await expect(desk.issue(bound, { [member]: 'of the former person' })).rejects.toMatchObject({
      reason: 'identity_gone',
    });

    expect(await countRows(desk.world.shop, 'authorization_codes')).toBe(before);
  });
});

describe('a code whose person has gone since the sign-in', () => {
  it.each([
    ['the customer was deleted', (gone: CodeDesk) => `/v2/customers/${gone.customerId}`],
    [
      'the identity was removed',
      (gone: CodeDesk) =>
        `/v2/authentication-realms/${gone.world.realmId}/user-authentication-info/${gone.customerId}/user-authentication-oidc-profile-info/${gone.identityId}`,
    ],
    [
      'the user of the realm was removed',
      (gone: CodeDesk) => `/v2/authentication-realms/${gone.world.realmId}/user-authentication-info/${gone.customerId}`,
    ],
    [
      'the profile was removed by force',
      (gone: CodeDesk) =>
        `/v2/authentication-realms/${gone.world.realmId}/oidc-profiles/${gone.world.door.signIn.profileId}?force=true`,
    ],
  ])('is refused like one that never was, when %s, and the earlier tokens have gone too', async (_, path) => {
    const gone = await CodeDesk.open(app);
    const { token } = tokenOf(await gone.redeem(await gone.newCode()));
    const code = await gone.newCode();
    await app.http.delete(path(gone)).set(gone.world.service).expect(204);

    const answer = await gone.redeem(code);

    expectError(answer, 'grant_invalid');
    expect(await gone.logged(answer)).toEqual({ reason: 'code_unknown', events: ['login_failed'] });
    expect(await gone.liveTokens()).toEqual([]);
    expect(await gone.world.readsProfile(gone.customerId, token)).toBe(403);
    await gone.close();
  });

  it('belongs to nobody who comes later with the same email', async () => {
    const gone = await CodeDesk.open(app);
    const code = await gone.newCode();
    await app.http.delete(`/v2/customers/${gone.customerId}`).set(gone.world.service).expect(204);
    await gone.world.shop.customer({ id: gone.customerId, email: uniqueEmail() });

    expectError(await gone.redeem(code), 'grant_invalid');

    expect(await gone.liveTokens()).toEqual([]);
    await gone.close();
  });
});
