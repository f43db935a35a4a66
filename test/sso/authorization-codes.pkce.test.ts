import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemOf } from '../../src/database/authority.js';
import { AuthorizationCodes } from '../../src/sso/authorization-codes.js';
import { sharedApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { mustAccept, pkcePairs, pkceVectors, s256 } from '../harness/pkce-cases.js';
import { CodeDesk, tokenOf } from './redemptions.js';
import { sized } from '../harness/tier/sizes.js';

const RANDOM_PAIRS = sized('pairs of a verifier and a challenge', { test: 100, thorough: 500 });

let desk: CodeDesk;

beforeAll(async () => {
  desk = await CodeDesk.open(await sharedApp());
});

afterAll(() => desk.close());

describe('the verifier of a code', () => {
  it('is tried with at least 24 pairs of different names, which the rules judge as the table does', () => {
    expect(new Set(pkceVectors.map(({ name }) => name)).size).toBe(pkceVectors.length);
    expect(pkceVectors.length).toBeGreaterThanOrEqual(24);
    expect(pkceVectors.map(mustAccept)).toEqual(pkceVectors.map(({ accepted }) => accepted));
    expect(pkceVectors.filter(({ challenge }) => !/^[A-Za-z0-9_-]{43}$/.test(challenge))).toEqual([]);
  });

  it.each(pkceVectors.filter(({ accepted }) => accepted))(
    'gives a token for $name',
    async ({ verifier, challenge }) => {
      const answer = await desk.redeem(await desk.newCode(verifier, challenge));
      expect(tokenOf(answer).customer_id).toBe(desk.customerId);
    },
  );

  it.each(pkceVectors.filter(({ accepted }) => !accepted))(
    'is refused and burns the code for $name',
    async ({ verifier, challenge }) => {
      const code = await desk.newCode(verifier, challenge);
      const before = await desk.liveTokens();

      const answer = await desk.redeem(code);

      expectError(answer, 'grant_invalid');
      expect(await desk.logged(answer)).toEqual({ reason: 'code_verifier_mismatch', events: ['login_failed'] });
      const again = await desk.redeem(code);
      expectError(again, 'grant_invalid');
      expect(await desk.logged(again)).toEqual({ reason: 'code_used', events: ['login_failed'] });
      expect(await desk.liveTokens()).toEqual(before);
    },
  );

  it.each([
    ['empty', '', 'validation_failed', 'The data.oauth_code_verifier field is required.'],
    [
      '2,049 characters long',
      'a'.repeat(2_049),
      'validation_failed',
      'The data.oauth_code_verifier may not be greater than 2048 characters.',
    ],
    ['with a NUL', `${'a'.repeat(43)}\0`, 'body_malformed', 'The body holds text with a NUL or a lone surrogate.'],
    [
      'with half a letter',
      `${'a'.repeat(43)}\ud800`,
      'body_malformed',
      'The body holds text with a NUL or a lone surrogate.',
    ],
  ] as const)('is a fault of the body, which burns nothing, when it is %s', async (_, verifier, fault, detail) => {
    const code = await desk.newCode();

    expectError(await desk.redeem({ ...code, oauth_code_verifier: verifier }), fault, [{ detail }]);

    expect(tokenOf(await desk.redeem(code)).customer_id).toBe(desk.customerId);
  });

  it(`is accepted if and only if it is well formed and its hash is the challenge, in ${RANDOM_PAIRS} random pairs`, async () => {
    const codes = desk.app.nest.get(AuthorizationCodes);
    const { storeId } = desk;
    const redirectUri = desk.world.door.signIn.redirectUri;
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(pkcePairs, async ({ verifier, challenge }) => {
        const code = await desk.issue({ redirectUri, codeChallenge: challenge });
        const use = { code, redirectUri, codeVerifier: verifier };
        const redeemed = await codes.redeem(systemOf(storeId), use);
        if ('refused' in redeemed) {
          expect(redeemed).toEqual({ refused: 'code_verifier_mismatch' });
          expect(mustAccept({ verifier, challenge })).toBe(false);
          return;
        }
        accepted += 1;
        expect(redeemed).toMatchObject({ identity: { id: desk.identityId }, customerId: desk.customerId });
        expect(challenge).toBe(s256(verifier));
        expect(mustAccept({ verifier, challenge })).toBe(true);
      }),
      { numRuns: RANDOM_PAIRS },
    );
    expect(accepted).toBeGreaterThan(RANDOM_PAIRS / 4);
    expect(accepted).toBeLessThan((RANDOM_PAIRS * 3) / 4);
  });
});
