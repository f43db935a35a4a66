import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuthorizationCodes } from '../../src/sso/authorization-codes.js';
import { sharedApp, type TestApp } from '../harness/app.js';
import { CodeDesk, type Redemption, tokenOf } from './redemptions.js';

let app: TestApp;
let desk: CodeDesk;

beforeAll(async () => {
  app = await sharedApp();
  desk = await CodeDesk.open(app);
});
afterAll(() => desk.close());

/** A code as another process leaves it that has just answered with a token: only the database knows of it. */
async function answeredElsewhere(): Promise<{ code: Redemption; tokenId: string }> {
  const code = await desk.newCode();
  const { id: tokenId } = tokenOf(await desk.redeem(await desk.newCode()));
  await app.database.pool.query(
    `UPDATE authorization_codes SET used_at = clock_timestamp(), token_id = $3, answered_at = clock_timestamp()
      WHERE store_id = $1 AND code_hash = sha256($2::text::bytea)`,
    [desk.storeId, code.oauth_authorization_code, tokenId],
  );
  return { code, tokenId };
}

function use(code: Redemption, arrivedAfterMs: number) {
  return app.nest.get(AuthorizationCodes).redeem(desk.storeId, {
    code: code.oauth_authorization_code,
    redirectUri: code.oauth_redirect_uri,
    codeVerifier: code.oauth_code_verifier,
    arrivedAtMs: performance.now(),
    arrivedAfterMs,
  });
}

describe('a use of a code that another process has answered', () => {
  it('is no replay where it may have waited to be read since before the answer', async () => {
    const before = performance.now();
    const { code, tokenId } = await answeredElsewhere();

    expect(await use(code, before)).toEqual({ refused: 'code_used', replayed: false });
    expect(await desk.liveTokens()).toContain(tokenId);
  });

  it('ends the token where this process was free in between', async () => {
    const { code, tokenId } = await answeredElsewhere();

    expect(await use(code, performance.now())).toEqual({ refused: 'code_used', replayed: true });
    expect(await desk.liveTokens()).not.toContain(tokenId);
  });
});
