import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { SignInRefused } from '../../src/errors/sign-in-refusal.js';
import { checkIdToken, type IdTokenExpectations } from '../../src/oidc/id-token-checks.js';
import { putTogether } from '../harness/forged-tokens.js';

const NOW = 1_800_000_000;
const ACCESS_TOKEN = 'jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y';
const EXPECTED: IdTokenExpectations = {
  issuer: 'https://idp.example.test/tenant',
  clientId: 'gatehouse',
  nonce: 'n-0S6_WzA2Mj',
  algs: ['RS256', 'PS384', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
  accessToken: ACCESS_TOKEN,
  nowSeconds: NOW,
  lifetimeSecondsMax: null,
};
const HEADER = { alg: 'RS256', kid: 'key-1' };
const CLAIMS = {
  iss: EXPECTED.issuer,
  sub: '248289761001',
  aud: EXPECTED.clientId,
  nonce: EXPECTED.nonce,
  iat: NOW,
  exp: NOW + 600,
};
/** Nobody looks at it here, but it must be there. */
const signer = () => Buffer.from('signature');

const tokenOf = (claims: unknown, header: unknown = HEADER) => putTogether(header, claims, signer);

/** What is told of the refusal, or null: nothing is wrong. */
function refusalOf(token: string, expected: Partial<IdTokenExpectations> = {}): unknown {
  try {
    checkIdToken(token, { ...EXPECTED, ...expected });
    return null;
  } catch (error) {
    if (!(error instanceof SignInRefused)) throw error;
    const { reason, claim, skewSeconds } = error;
    return [reason, ...(claim === undefined ? [] : [claim]), ...(skewSeconds === undefined ? [] : [skewSeconds])];
  }
}

/** A member set to `undefined` is left out. */
const withClaims = (claims: object) => refusalOf(tokenOf({ ...CLAIMS, ...claims }));
const withHeader = (header: object) => refusalOf(tokenOf(CLAIMS, { ...HEADER, ...header }));

const leftHalf = (hash: string, text = ACCESS_TOKEN) => {
  const digest = createHash(hash).update(text).digest();
  return digest.subarray(0, digest.length / 2).toString('base64url');
};

describe('checkIdToken', () => {
  it.each([
    ['as the provider sends it', {}],
    ['with one audience in a list', { aud: ['gatehouse'] }],
    ['whose authorized party is this client', { azp: 'gatehouse' }],
    ['with a subject of 255 characters', { sub: 's'.repeat(255) }],
    ['with a subject that has a blank', { sub: 'a b' }],
    ['with fractions of seconds', { iat: NOW - 0.5, exp: NOW + 0.5 }],
    ['that expired 29 s ago', { iat: NOW - 60, exp: NOW - 29 }],
    ['that was issued in 30 s', { iat: NOW + 30 }],
    ['that was issued a minute ago', { iat: NOW - 60 }],
    ['that was issued a week ago', { iat: NOW - 604_800 }],
    ['that was issued in 1970', { iat: 0 }],
    ['that lives for a day', { exp: NOW + 86_400 }],
    ['that lives for a week', { exp: NOW + 604_800 }],
    ['that lives until the year 9999', { exp: 253_402_300_799 }],
    ['that lives for ever', { exp: Number.MAX_VALUE }],
    ['that is valid from 30 s on', { nbf: NOW + 30 }],
    ['that has been valid for long', { nbf: 1 }],
    ['that was never not valid', { nbf: 0 }],
    ['with null for every claim that it need not have', { azp: null, nbf: null, at_hash: null, auth_time: null }],
    ['that tells the time of the login in a way of its own', { auth_time: 'yesterday' }],
    ['with members that nobody knows', { acr: '1', amr: ['pwd'], auth_time: 1, sid: 'x', c_hash: 'x' }],
    ['with the hash of the access token', { at_hash: leftHalf('sha256') }],
  ])('takes a token %s', (_, claims) => {
    expect(withClaims(claims)).toBeNull();
  });

  const tables: [reason: string, claim: string, values: unknown[]][] = [
    [
      'id_token_issuer_mismatch',
      'iss',
      [
        undefined,
        null,
        '',
        1,
        [EXPECTED.issuer],
        `${EXPECTED.issuer}/`,
        'https://idp.example.test',
        'HTTPS://idp.example.test/tenant',
        ' https://idp.example.test/tenant',
      ],
    ],
    [
      'id_token_subject_invalid',
      'sub',
      [undefined, null, '', 1, true, ['a'], { a: 1 }, ' ', '   ', 's'.repeat(256), 'ä', 'a\u0000', 'a\n', '\u007f'],
    ],
    [
      'id_token_audience_mismatch',
      'aud',
      [
        undefined,
        null,
        '',
        1,
        [],
        ['other'],
        ['gatehouse', 'other'],
        ['other', 'gatehouse'],
        ['gatehouse', 'gatehouse'],
        [['gatehouse']],
        'Gatehouse',
        'gatehouse ',
        { 0: 'gatehouse' },
      ],
    ],
    ['id_token_azp_mismatch', 'azp', ['', 1, 'other', ['gatehouse'], 'Gatehouse']],
    [
      'id_token_nonce_mismatch',
      'nonce',
      [undefined, null, '', 1, [EXPECTED.nonce], `${EXPECTED.nonce} `, 'N-0S6_WzA2Mj'],
    ],
    ['id_token_issue_time_invalid', 'iat', [undefined, null, '', `${NOW}`, true, [NOW]]],
    ['id_token_expiry_invalid', 'exp', [undefined, null, '', `${NOW + 600}`, true, [NOW + 600], 0, -1, NOW, NOW - 1]],
    ['id_token_not_yet_valid', 'nbf', [NOW + 31, '', `${NOW}`, true, [NOW]]],
    [
      'id_token_at_hash_mismatch',
      'at_hash',
      [
        '',
        1,
        leftHalf('sha256', 'other'),
        leftHalf('sha384'),
        leftHalf('sha512'),
        createHash('sha256').update(ACCESS_TOKEN).digest('base64url'),
        `${leftHalf('sha256')}==`,
      ],
    ],
  ];
  const rows = tables.flatMap(([reason, claim, values]) => values.map((value) => [reason, claim, value] as const));

  it.each(rows)('refuses for %s a token whose %s is %j', (reason, claim, value) => {
    expect(withClaims({ [claim]: value })).toEqual([reason, claim]);
  });

  it.each([
    ['that expired 30 s ago', { iat: NOW - 60, exp: NOW - 30 }, ['id_token_expired', 'exp', -30]],
    ['that expired 31 s ago', { iat: NOW - 60, exp: NOW - 31 }, ['id_token_expired', 'exp', -31]],
    ['that was issued in 31 s', { iat: NOW + 31 }, ['id_token_issue_time_invalid', 'iat', 31]],
    [
      'that was issued in a year',
      { iat: NOW + 31_536_000, exp: NOW + 31_536_600 },
      ['id_token_issue_time_invalid', 'iat', 31_536_000],
    ],
  ])('refuses a token %s, and tells how far the clocks are apart', (_, claims, refusal) => {
    expect(withClaims(claims)).toEqual(refusal);
  });

  it('bounds the time from issue to expiry where it is told to, and the time since with it', () => {
    const lifetimes = [599, 600, 601].map((seconds) => refusalOf(tokenOf(CLAIMS), { lifetimeSecondsMax: seconds }));
    expect(lifetimes).toEqual([['id_token_lifetime_excessive', 'exp'], null, null]);
    const old = tokenOf({ ...CLAIMS, iat: NOW - 604_800, exp: NOW + 1 });
    expect(refusalOf(old, { lifetimeSecondsMax: 604_800 })).toEqual(['id_token_lifetime_excessive', 'exp']);
  });

  it.each([
    ['RS256', 'sha256'],
    ['PS384', 'sha384'],
    ['ES384', 'sha384'],
    ['ES512', 'sha512'],
    ['EdDSA', 'sha512'],
    ['Ed25519', 'sha512'],
  ])('compares the hash of the access token by the hash of %s, which is %s', (alg, hash) => {
    for (const each of ['sha256', 'sha384', 'sha512']) {
      const refusal = refusalOf(tokenOf({ ...CLAIMS, at_hash: leftHalf(each) }, { alg }));
      expect([each, refusal]).toEqual([each, each === hash ? null : ['id_token_at_hash_mismatch', 'at_hash']]);
    }
  });

  it.each([undefined, null, '', 'none', 'None', 'HS256', 'RS384', 'ES256', 'rs256', 'RS256 ', 7, ['RS256']])(
    'refuses a token whose algorithm is %j, which the provider does not offer or nobody may',
    (alg) => {
      expect(withHeader({ alg })).toEqual(['id_token_alg_forbidden', 'alg']);
    },
  );

  it.each(['JWT', 'jwt', 'application/jwt', 'id_token+jwt', null])('takes a token of the type %j', (typ) => {
    expect(withHeader({ typ })).toBeNull();
  });

  it.each(['at+jwt', 'application/at+jwt', 'logout+jwt', 'JWE', 'userinfo+jwt', '', 1])(
    'refuses one of the type %j',
    (typ) => {
      expect(withHeader({ typ })).toEqual(['id_token_header_invalid', 'typ']);
    },
  );

  it.each(['=', '==', '\n', ' ', '+', '/'])('refuses another spelling of a token, with %j in its claims', (odd) => {
    const [header = '', claims = '', signature = ''] = tokenOf(CLAIMS).split('.');
    expect(refusalOf(`${header}.${claims}${odd}.${signature}`)).toEqual(['id_token_malformed']);
    expect(refusalOf(`${header}.${claims}.${signature}${odd}`)).toEqual(['id_token_malformed']);
  });

  it.each([['exp'], [], null, 'b64', false])('refuses a token that demands what is not understood: crit %j', (crit) => {
    expect(withHeader({ crit })).toEqual(['id_token_header_invalid', 'crit']);
  });

  const [header = '', payload = '', signature = ''] = tokenOf(CLAIMS).split('.');
  const encoded = (text: string) => Buffer.from(text).toString('base64url');

  it.each([
    ['is empty', '', 'id_token_malformed'],
    ['is one part', header, 'id_token_malformed'],
    ['has no third part', `${header}.${payload}`, 'id_token_malformed'],
    ['has an empty signature', `${header}.${payload}.`, 'id_token_signature_invalid'],
    ['has four parts', `${header}.${payload}.${signature}.${signature}`, 'id_token_malformed'],
    ['has five parts, as an encrypted one', `${header}.a.b.c.d`, 'id_token_encrypted'],
    ['has six parts', `${header}.a.b.c.d.e`, 'id_token_malformed'],
    ['has no header', `.${payload}.${signature}`, 'id_token_malformed'],
    ['has no claims', `${header}..${signature}`, 'id_token_malformed'],
    ['has a header that is no JSON', `${encoded('{')}.${payload}.${signature}`, 'id_token_malformed'],
    ['has a header that is a list', `${encoded('[]')}.${payload}.${signature}`, 'id_token_malformed'],
    ['has a header of null', `${encoded('null')}.${payload}.${signature}`, 'id_token_malformed'],
    ['has claims that are no JSON', `${header}.${encoded('{"iss":')}.${signature}`, 'id_token_malformed'],
    ['has claims that are a list', `${header}.${encoded('[]')}.${signature}`, 'id_token_malformed'],
    ['has claims that are a text', `${header}.${encoded('"a"')}.${signature}`, 'id_token_malformed'],
    ['has claims of null', `${header}.${encoded('null')}.${signature}`, 'id_token_malformed'],
    ['has claims that are a number', `${header}.${encoded('1')}.${signature}`, 'id_token_malformed'],
  ])('refuses a token that %s', (_, token, reason) => {
    expect(refusalOf(token)).toEqual([reason]);
  });

  it('looks at the algorithm, then at who it is from and for, then at the times, then at the nonce, then at the hash', () => {
    const faults = { iss: 'x', aud: 'x', exp: 1, nonce: 'x', at_hash: 'x' };
    const order: unknown[] = [refusalOf(tokenOf({ ...CLAIMS, ...faults }, { alg: 'none' }))];
    const right: Record<string, unknown> = {};
    for (const name of ['iss', 'aud', 'exp', 'nonce', 'at_hash'] as const) {
      order.push(withClaims({ ...faults, ...right }));
      right[name] = (CLAIMS as Record<string, unknown>)[name];
    }
    expect(order).toEqual([
      ['id_token_alg_forbidden', 'alg'],
      ['id_token_issuer_mismatch', 'iss'],
      ['id_token_audience_mismatch', 'aud'],
      ['id_token_expiry_invalid', 'exp'],
      ['id_token_nonce_mismatch', 'nonce'],
      ['id_token_at_hash_mismatch', 'at_hash'],
    ]);
  });

  it('never tells what the token holds', () => {
    const token = tokenOf({ ...CLAIMS, nonce: 'SecretOfSomebody' });
    let told = '';
    try {
      checkIdToken(token, EXPECTED);
    } catch (error) {
      told = `${(error as Error).stack} ${JSON.stringify(error)}`;
    }
    expect(told).toContain('id_token_nonce_mismatch');
    expect(told).not.toContain('SecretOfSomebody');
    expect(told).not.toContain(EXPECTED.nonce);
  });
});

describe('the name of the key', () => {
  it('is the one in the header, and none where that has none or one that is no text', () => {
    const names = ['key-1', '', undefined, null, 7, ['key-1']];
    const read = names.map((kid) => checkIdToken(tokenOf(CLAIMS, { ...HEADER, kid }), EXPECTED).keyId);
    expect(read).toEqual(['key-1', '', undefined, undefined, undefined, undefined]);
  });
});
