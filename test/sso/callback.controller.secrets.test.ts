import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256 } from '../../src/crypto/digest.js';
import { SecretBox } from '../../src/crypto/secret-box.js';
import { startApp, type TestApp } from '../harness/app.js';
import { Browser } from '../harness/browser.js';
import { HostileProvider } from '../harness/identity-provider/hostile.js';
import { givenSignIn, type SignIn } from '../harness/identity-provider/sign-in.js';
import { givenShop, type Shop, uniqueEmail } from '../harness/shop.js';
import { altered, type Returning, returning } from './returning-browser.js';

let app: TestApp;
let shop: Shop;
let provider: HostileProvider;
let signIn: SignIn;

beforeAll(async () => {
  app = await startApp({ logLevel: 'debug', tokenSigningAlg: 'ES256' });
  shop = await givenShop(app);
  provider = await HostileProvider.start(app.clock);
  signIn = await givenSignIn(shop, provider);
});

afterAll(async () => {
  await app.close();
  await provider.stop();
});

/** What only the service and the provider know of a sign-in. */
async function sealedSecrets(state: string): Promise<{ nonce: string; codeVerifier: string }> {
  const stateHash = new Uint8Array(sha256(state));
  const where = { storeId_stateHash: { storeId: shop.storeId, stateHash } };
  const row = await app.database.prisma.ssoFlow.findUniqueOrThrow({ where });
  const place = {
    table: 'sso_flows',
    row: `${shop.storeId}/${Buffer.from(stateHash).toString('hex')}`,
    column: 'sealed_secrets',
  };
  const opened = app.nest.get(SecretBox).open(row.sealedSecrets, place).toString();
  return JSON.parse(opened) as { nonce: string; codeVerifier: string };
}

/** Every text of a sign-in that would let somebody else finish or use it. */
async function secretsOf({ state, cookie, callback, begun }: Returning): Promise<Record<string, string>> {
  const { nonce, codeVerifier } = await sealedSecrets(state);
  return {
    state,
    nonce,
    codeVerifier,
    cookie: cookie.split('=')[1] ?? '',
    providerCode: new URL(callback).searchParams.get('code') ?? '',
    storefrontState: begun.state,
    storefrontVerifier: begun.verifier,
  };
}

describe('the secrets of a sign-in', () => {
  it('are in no line of the log, however the sign-in ends, and in no answer but where they belong', async () => {
    const secrets: Record<string, string>[] = [];
    const pages: string[] = [];
    const tries: readonly ((callback: string) => string)[] = [
      (callback) => callback,
      (callback) => altered(callback, { code: 'wrong-code-canary' }),
      (callback) => altered(callback, { code: null, error: 'access_denied', error_description: 'description-canary' }),
      (callback) => altered(callback, { iss: 'https://issuer-canary.test' }),
    ];
    for (const url of tries) {
      provider.person = { sub: 'subject-canary', email: uniqueEmail(), email_verified: true, name: 'Ann Example' };
      const browser = new Browser(app);
      const flow = await returning(signIn, browser, signIn.begin({ login_hint: 'hint-canary@example.test' }));
      const known = await secretsOf(flow);
      const stranger = await new Browser(app).get(url(flow.callback));
      const ended = signIn.ended(flow.begun, [await browser.get(url(flow.callback))]);
      const late = await browser.get(url(flow.callback));
      pages.push(stranger.body, ended.last.body, late.body);
      const code = ended.parameters['code'];
      if (code !== undefined) {
        await signIn.redeem(ended);
        await signIn.redeem(ended);
      }
      secrets.push({ ...known, ...(code === undefined ? {} : { code }) });
    }
    expect(secrets.flatMap((each) => Object.values(each)).every((text) => text.length >= 22)).toBe(true);
    expect(secrets.filter(({ code }) => code !== undefined)).toHaveLength(1);

    const log = app.log.lines.join('\n');
    expect(log).toContain('sign_in_succeeded');
    expect(log).toContain('token_request_refused');
    const written = [log, ...pages];
    const canaries = ['wrong-code-canary', 'description-canary', 'issuer-canary', 'subject-canary', 'hint-canary'];
    const wanted = [
      ...secrets.flatMap((each) => Object.entries(each)),
      ...canaries.map((text) => [text, text] as const),
    ];
    const found = wanted.filter(([, text]) => written.some((each) => each.includes(text))).map(([name]) => name);
    expect(found).toEqual([]);
    expect(log).not.toContain(provider.clientSecret);
  });
});
