const CODES = 'test/sso/authorization-codes';

/** The checks of the codes that storefronts exchange for customer tokens, in the form of scripts/security-checks.mjs. */
export const signInCodeChecks = [
  {
    name: 'sign-in: a code works once',
    file: 'src/sso/authorization-codes.ts',
    find: 'WHERE a.store_id = $1 AND a.code_hash = $2 AND a.used_at IS NULL',
    replace: 'WHERE a.store_id = $1 AND a.code_hash = $2',
    tests: [CODES],
  },
  {
    name: 'sign-in: a code expires',
    file: 'src/sso/authorization-codes.ts',
    find: "if (row.expired) return 'code_expired';",
    replace: '',
    tests: [CODES],
  },
  {
    name: 'sign-in: redirect URI of a code',
    file: 'src/sso/authorization-codes.ts',
    find: "if (row.redirect_uri !== use.redirectUri) return 'redirect_uri_mismatch';",
    replace: '',
    tests: [CODES],
  },
  {
    name: 'sign-in: verifier of a code',
    file: 'src/sso/authorization-codes.ts',
    find: 'return digestsAreEqual(Buffer.from(computed), Buffer.from(codeChallenge));',
    replace: 'return computed.length === codeChallenge.length;',
    tests: [CODES, 'test/tokens/strategies'],
  },
  {
    name: 'sign-in: a replayed code revokes the token',
    file: 'src/sso/authorization-codes.ts',
    find: 'await this.customerTokens.revoke(storeId, found.tokenId);',
    replace: '',
    tests: [CODES],
  },
  {
    name: 'sign-in: the answer to a code waits for uses on their way',
    file: 'src/sso/authorization-codes.ts',
    find: 'WHEN late_use_at IS NULL OR late_use_at <= clock_timestamp()',
    replace: 'WHEN true OR late_use_at <= clock_timestamp()',
    tests: [CODES],
  },
  {
    name: 'sign-in: a code is remembered as long as its token lives',
    file: 'src/sso/authorization-codes.ts',
    find: 'SET token_id = $3, expires_at = $4, answered_at = CASE',
    replace: 'SET token_id = $3, expires_at = least(expires_at, $4), answered_at = CASE',
    tests: ['test/sso/expired-rows.test.ts'],
  },
  {
    name: 'sign-in: a use after the answer of another process ends the token',
    file: 'src/sso/authorization-codes.ts',
    find: 'use.arrivedAfterMs > answeredAtMs',
    replace: 'false',
    tests: ['test/sso/authorization-codes.elsewhere.test.ts'],
  },
  {
    name: 'sign-in: a use that waited in a busy process is no replay',
    file: 'src/sso/authorization-codes.ts',
    find: 'use.arrivedAfterMs > answeredAtMs',
    replace: 'use.arrivedAtMs > answeredAtMs',
    tests: ['test/sso/authorization-codes.elsewhere.test.ts'],
  },
  {
    name: 'sign-in: each use of a code is told to the one that won',
    file: 'src/sso/authorization-codes.ts',
    find: "if (await this.isWaitedFor(storeId, codeHash)) return { refused: 'code_used', replayed: false };",
    replace: '',
    tests: [CODES],
  },
];
