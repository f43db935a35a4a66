const CODES = 'test/sso/authorization-codes';
const FILE = 'src/sso/authorization-codes.ts';

/** The checks of the codes that storefronts exchange for customer tokens, in the form of scripts/security-checks.mjs. */
export const signInCodeChecks = [
  {
    name: 'sign-in: a code works once',
    file: FILE,
    find: 'WHERE a.store_id = $1 AND a.code_hash = $2 AND a.used_at IS NULL',
    replace: 'WHERE a.store_id = $1 AND a.code_hash = $2',
    tests: [CODES],
  },
  {
    name: 'sign-in: a code expires',
    file: FILE,
    find: 'const VALID = `a.expires_at > clock.now',
    replace: 'const VALID = `true',
    tests: [CODES],
  },
  {
    name: 'sign-in: redirect URI of a code',
    file: FILE,
    find: '  AND a.redirect_uri = $3\n  AND a.redirect_uri',
    replace: '  AND $3::text IS NOT NULL\n  AND a.redirect_uri',
    tests: [CODES],
  },
  {
    name: 'sign-in: the redirect URI of a code is still registered',
    file: FILE,
    find: '  AND a.redirect_uri = ANY (r.redirect_uris)\n',
    replace: '',
    tests: [CODES],
  },
  {
    name: 'sign-in: verifier of a code',
    file: FILE,
    find: '  AND a.code_challenge = $4`;',
    replace: '  AND length(a.code_challenge) = length($4)`;',
    tests: [CODES, 'test/tokens/strategies'],
  },
  {
    name: 'sign-in: a malformed verifier has no challenge',
    file: FILE,
    find: 'return CODE_VERIFIER.test(codeVerifier) ?',
    replace: 'return CODE_VERIFIER instanceof RegExp ?',
    tests: [CODES],
  },
  {
    name: 'sign-in: a replayed code revokes the token',
    file: FILE,
    find: 'await this.customerTokens.revokeReplayed(authority, { tokenId, identityId, customerId });',
    replace: '',
    tests: [CODES],
  },
  {
    name: 'sign-in: only a use long after the first is a replay',
    file: FILE,
    find: "used_at < statement_timestamp() - interval '${REPLAY_AFTER_SECONDS} seconds'",
    replace: 'used_at IS NOT NULL',
    tests: [CODES],
  },
  {
    name: 'sign-in: only a use with the right redirect URI is a replay',
    file: FILE,
    find: '                 AND a.redirect_uri = $3\n',
    replace: '                 AND $3::text IS NOT NULL\n',
    tests: [CODES],
  },
  {
    name: 'sign-in: only a use with the right verifier is a replay',
    file: FILE,
    find: 'AND a.code_challenge = $4 AS replayed',
    replace: 'AND ($4::text IS NULL OR true) AS replayed',
    tests: [CODES],
  },
  {
    name: 'sign-in: the token of a code has the id by which a replay ends it',
    file: 'src/sessions/customer-tokens.ts',
    find: 'const tokenId = login.tokenId ?? newTokenId();',
    replace: 'const tokenId = newTokenId();',
    tests: [CODES],
  },
  {
    name: 'sign-in: a code is remembered as long as its token lives',
    file: FILE,
    find: 'THEN clock.token_expires_at ELSE a.expires_at END',
    replace: 'THEN least(a.expires_at, clock.token_expires_at) ELSE a.expires_at END',
    tests: ['test/sso/expired-rows.test.ts'],
  },
];
