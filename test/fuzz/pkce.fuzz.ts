import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { IdentityModel } from '../../src/generated/prisma/models.js';
import { systemOf } from '../../src/database/authority.js';
import { AuthorizationCodes } from '../../src/sso/authorization-codes.js';
import { sharedApp } from '../harness/app.js';
import { Browser } from '../harness/browser.js';
import { HostileProvider } from '../harness/identity-provider/hostile.js';
import { givenSignIn } from '../harness/identity-provider/sign-in.js';
import { mustAccept, pkcePairs } from '../harness/pkce-cases.js';
import { givenShop, type Shop, uniqueEmail } from '../harness/shop.js';
import { fuzzRuns } from './fuzz-runs.js';

const REDIRECT_URI = 'https://shop.example.test/cb';

let shop: Shop;
let provider: HostileProvider;
let codes: AuthorizationCodes;
let identity: IdentityModel;

beforeAll(async () => {
  const app = await sharedApp();
  shop = await givenShop(app);
  codes = app.nest.get(AuthorizationCodes);
  provider = await HostileProvider.start(app.clock);
  provider.person = { sub: 'ann', email: uniqueEmail(), email_verified: true, name: 'Ann Example' };
  const signIn = await givenSignIn(shop, provider, { redirectUri: REDIRECT_URI });
  await signIn.through(new Browser(app));
  identity = await app.database.prisma.identity.findFirstOrThrow({ where: { storeId: shop.storeId } });
});

afterAll(() => provider.stop());

describe('a code that was issued for a challenge', () => {
  it('is exchanged exactly for a well-formed verifier whose SHA-256 the challenge is', async () => {
    const { storeId } = shop;
    await fc.assert(
      fc.asyncProperty(pkcePairs, async ({ verifier, challenge }) => {
        const { id, issuer, subject, customerId, realmId, profileId } = identity;
        const whose = { storeId, realmId, profileId, customerId, identity };
        const binding = { ...whose, redirectUri: REDIRECT_URI, codeChallenge: challenge };
        const code = await codes.issue(systemOf(storeId), binding);
        const use = { code, redirectUri: REDIRECT_URI, codeVerifier: verifier };
        expect(await codes.redeem(systemOf(storeId), use)).toEqual(
          mustAccept({ verifier, challenge })
            ? {
                identity: { id, issuer, subject },
                customerId: identity.customerId,
                name: 'Ann Example',
                tokenId: expect.any(String) as string,
              }
            : { refused: 'code_verifier_mismatch' },
        );
      }),
      fuzzRuns,
    );
  });
});
