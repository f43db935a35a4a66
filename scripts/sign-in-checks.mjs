/**
 * The checks of single sign-on, in the form of scripts/security-checks.mjs. Several of them are made by openid-client as well, and
 * the tests notice that ours is gone by the reason in the log.
 */
const LIES = 'test/sso/callback.controller.lies.test.ts';
const FLOWS = 'test/sso/callback.controller.state.test.ts';
const CODES = 'test/sso/authorization-codes';
const LINKING = 'test/identities/identity-linking';

export const signInChecks = [
  {
    name: 'sign-in: identity given to another person during a sign-in',
    instead: "'$6::text || $7::text IS NOT NULL'",
    tests: ['test/sso/authorization-codes.refusals'],
  },
  { name: 'sign-in: signature of the ID token', tests: [LIES] },
  { name: 'sign-in: issuer of the ID token', tests: [LIES] },
  { name: 'sign-in: audience of the ID token', tests: [LIES] },
  { name: 'sign-in: authorized party of the ID token', tests: [LIES] },
  { name: 'sign-in: subject of the ID token', tests: [LIES] },
  { name: 'sign-in: time of issue of the ID token', tests: [LIES] },
  {
    name: 'sign-in: life of the ID token',
    tests: ['test/sso/callback.controller.id-token-life.test.ts', 'test/oidc/id-token-checks'],
  },
  { name: 'sign-in: nonce of the ID token', tests: [LIES] },
  { name: 'sign-in: hash of the access token', tests: [LIES] },
  {
    name: 'sign-in: algorithms with public keys only',
    instead: 'offered',
    tests: [LIES, 'test/oidc/provider-discovery'],
  },
  { name: 'sign-in: issuer that belongs to the discovery URL', tests: ['test/oidc/provider-discovery', LIES] },
  { name: 'sign-in: issuer that the profile was made for', tests: ['test/oidc/providers', LIES] },
  { name: 'sign-in: issuer of the redirect', tests: [LIES] },
  { name: 'sign-in: the browser that began it', instead: "'($5::bytea IS NULL OR TRUE)'", tests: [FLOWS] },
  { name: 'sign-in: a state works once', tests: [FLOWS, 'test/sso/callback.controller.replay.test.ts'] },
  { name: 'sign-in: a state expires', tests: [FLOWS] },
  { name: 'sign-in: a state is of one profile', instead: "'$4::uuid IS NOT NULL'", tests: [FLOWS] },
  { name: 'sign-in: a look at the headers uses no state up', tests: [FLOWS] },
  {
    name: 'sign-in: attributes of the cookie',
    tests: ['test/sso/flow-cookie.test.ts', 'test/sso/login.controller.provider-request.test.ts'],
  },
  { name: 'sign-in: limit of starts', tests: ['test/sso/start-limit.test.ts', 'test/sso/sign-in-flows.limit.test.ts'] },
  { name: 'sign-in: no address shuts out the others', instead: '0', tests: ['test/sso/sign-in-flows.limit.test.ts'] },
  { name: 'sign-in: redirect URIs that were taken from the realm since', tests: [FLOWS] },
  {
    name: 'sign-in: redirect URIs that were taken from the realm since, at a second return',
    instead: 'true',
    tests: ['test/sso/callback.controller.replay.test.ts'],
  },
  { name: 'sign-in: provider that the sign-in was begun for', tests: ['test/sso/callback.controller.mix-up'] },
  { name: 'sign-in: client id that the sign-in was begun for', tests: ['test/sso/callback.controller.mix-up'] },
  { name: 'sign-in: a sign-in proves no email of a customer that others can enter', instead: 'true', tests: [LINKING] },
  { name: 'sign-in: registered redirect URIs', instead: 'true', tests: ['test/sso/authorization-request'] },
  {
    name: 'sign-in: redirect URIs byte for byte',
    at: 'sign-in: registered redirect URIs',
    instead: 'redirectUris.some((uri) => redirectUri.startsWith(uri))',
    tests: ['test/sso/authorization-request'],
  },
  { name: 'sign-in: S256 only', tests: ['test/sso/authorization-request'] },
  {
    name: 'sign-in: an email that is verified, and not only said to be',
    instead: "Boolean(claims['email_verified'])",
    tests: [LINKING, 'test/sso/sign-in-claims'],
  },
  { name: "sign-in: the provider's word for the email of a customer", tests: [LINKING] },
  { name: "sign-in: proof of the customer's own email", instead: 'return;', tests: [LINKING] },
  { name: 'sign-in: identities that were proven by another email', tests: [LINKING] },
  { name: 'sign-in: no call to a special address, after the name was resolved', tests: ['test/oidc/outbound'] },
  { name: 'sign-in: no call to a special address that needs no resolving', tests: ['test/oidc/outbound'] },
  { name: 'sign-in: names of strangers take no thread of the process', tests: ['test/oidc/outbound-lookup'] },
  { name: 'sign-in: no redirect of a provider is followed or taken for an answer', tests: ['test/oidc/outbound'] },
  { name: 'sign-in: a code works once', instead: "'TRUE'", tests: [CODES] },
  { name: 'sign-in: a code expires', tests: [CODES] },
  { name: 'sign-in: redirect URI of a code', instead: "'$3::text IS NOT NULL'", tests: [CODES] },
  { name: 'sign-in: the redirect URI of a code is still registered', tests: [CODES] },
  {
    name: 'sign-in: verifier of a code',
    instead: "'length(a.code_challenge) = length($4)'",
    tests: [CODES, 'test/tokens/strategies'],
  },
  { name: 'sign-in: a malformed verifier has no challenge', tests: [CODES] },
  { name: 'sign-in: a replayed code revokes the token', tests: [CODES] },
  { name: 'sign-in: only a use long after the first is a replay', instead: "'a.used_at IS NOT NULL'", tests: [CODES] },
  {
    name: 'sign-in: only a use with the right redirect URI is a replay',
    instead: "'$3::text IS NOT NULL'",
    tests: [CODES],
  },
  {
    name: 'sign-in: only a use with the right verifier is a replay',
    instead: "'($4::text IS NULL OR TRUE)'",
    tests: [CODES],
  },
  {
    name: 'sign-in: the token of a code has the id by which a replay ends it',
    instead: 'newTokenId()',
    tests: [CODES],
  },
  {
    name: 'sign-in: a code is remembered as long as its token lives',
    instead: "'least(a.expires_at, clock.token_expires_at)'",
    tests: ['test/sso/expired-rows.test.ts'],
  },
  { name: 'sign-in: signature of userinfo', tests: [LIES] },
  { name: 'sign-in: issuer of signed userinfo', tests: [LIES] },
  { name: 'sign-in: audience of signed userinfo', tests: [LIES] },
  { name: 'sign-in: type of signed userinfo', instead: '/jwt$/i', tests: [LIES] },
  {
    name: 'sign-in: userinfo of another subject, also where nothing of it is needed',
    tests: ['test/sso/callback.controller.known-person.test.ts'],
  },
  { name: 'sign-in: keys are looked for again once in ten seconds at most', tests: ['test/oidc/provider-keys'] },
];
