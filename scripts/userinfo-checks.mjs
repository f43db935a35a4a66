/** The checks of what providers say beside the ID token, in the form of scripts/security-checks.mjs. */
const SIGNED_USERINFO = 'src/oidc/signed-userinfo.ts';
const LIES = 'test/sso/callback.controller.lies.test.ts';

export const userinfoChecks = [
  {
    name: 'sign-in: signature of userinfo',
    file: 'src/oidc/oidc-client.ts',
    find: 'await client.provider.keys.verify(jwksUri, { token, keyId, algs, receivedAtMs });',
    replace: '',
    tests: [LIES],
  },
  {
    name: 'sign-in: issuer of signed userinfo',
    file: SIGNED_USERINFO,
    find: "if (claims['iss'] !== issuer) refuse('iss');",
    replace: 'void issuer;',
    tests: [LIES],
  },
  {
    name: 'sign-in: audience of signed userinfo',
    file: SIGNED_USERINFO,
    find: "if (!audiences.includes(clientId)) refuse('aud');",
    replace: 'void clientId;',
    tests: [LIES],
  },
  {
    name: 'sign-in: type of signed userinfo',
    file: SIGNED_USERINFO,
    find: 'const TYPE = /^(?:application\\/)?(?:userinfo\\+)?jwt$/i;',
    replace: 'const TYPE = /jwt$/i;',
    tests: [LIES],
  },
  {
    name: 'sign-in: userinfo of another subject, also where nothing of it is needed',
    file: 'src/oidc/oidc-client.ts',
    find: "if (!(failure instanceof SignInRefused) || failure.reason === 'userinfo_subject_mismatch') throw failure;",
    replace: 'if (!(failure instanceof SignInRefused)) throw failure;',
    tests: ['test/sso/callback.controller.known-person.test.ts'],
  },
  {
    name: 'sign-in: keys are looked for again once in ten seconds at most',
    file: 'src/oidc/provider-keys.ts',
    find: 'return this.mayForce() ? this.force(jwksUri) : null;',
    replace: 'return this.force(jwksUri);',
    tests: ['test/oidc/provider-keys'],
  },
];
