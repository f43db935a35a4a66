import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { sharedApp } from '../harness/app.js';
import { sentRedirectUris } from '../harness/hostile-redirect-uris.js';
import { HostileProvider } from '../harness/identity-provider/hostile.js';
import { givenSignIn } from '../harness/identity-provider/sign-in.js';
import { givenShop } from '../harness/shop.js';
import { AuthorizationEndpoint } from '../sso/authorization-endpoint.js';
import { expectByteEquality, registerAll } from '../sso/redirect-uri-oracle.js';
import { fuzzRuns } from './fuzz-runs.js';

let provider: HostileProvider;
let endpoint: AuthorizationEndpoint;

beforeAll(async () => {
  const app = await sharedApp();
  provider = await HostileProvider.start(app.clock);
  const signIn = await givenSignIn(await givenShop(app), provider);
  await registerAll(signIn);
  endpoint = new AuthorizationEndpoint(signIn);
});

afterAll(() => provider.stop());

describe('the redirect_uri of an authorization request', () => {
  it('is accepted exactly when one decoding makes it byte-equal to a registered one', async () => {
    await fc.assert(
      fc.asyncProperty(sentRedirectUris, fc.boolean(), (sent, faulty) => expectByteEquality(endpoint, sent, faulty)),
      fuzzRuns,
    );
  });
});
