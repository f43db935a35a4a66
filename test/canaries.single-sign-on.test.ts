import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { OidcClient } from '../src/oidc/oidc-client.js';
import { startApp, type TestApp } from './harness/app.js';
import { Browser } from './harness/browser.js';
import { type Answer, type Deviation, json } from './harness/identity-provider/deviation.js';
import { HostileProvider } from './harness/identity-provider/hostile.js';
import { idTokenLies, otherLies } from './harness/identity-provider/lies.js';
import { givenSignIn, type SignIn } from './harness/identity-provider/sign-in.js';
import { givenShop, type Shop, uniqueEmail } from './harness/shop.js';
import { sampleOf } from './harness/tier/sizes.js';
import { Confidences } from './sso/confidences.js';
import { DeceivedShop, expectCode } from './sso/deceived-shop.js';

/** What is written of a refused sign-in depends on the reason. */
const LIES = sampleOf('lies of providers, after which secrets are looked for', [...idTokenLies, ...otherLies], {
  take: 60,
  each: [({ reason }) => reason],
});

/** Everything that a sign-in hands from one party to another in confidence must be found nowhere afterwards. */
describe('the secrets of sign-ins', () => {
  let app: TestApp;
  let shop: Shop;
  let provider: HostileProvider;
  let signIn: SignIn;
  const email = uniqueEmail();
  let told: Confidences;
  const printed: string[] = [];

  beforeAll(async () => {
    for (const stream of [process.stdout, process.stderr]) {
      const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
      vi.spyOn(stream, 'write').mockImplementation((...args: unknown[]) => {
        printed.push(String(args[0]));
        return write(...args);
      });
    }
    app = await startApp({ logLevel: 'debug' });
    shop = await givenShop(app);
    told = new Confidences(app);
    told.learnSecretsOf(app.nest.get(OidcClient));
    provider = await HostileProvider.start(app.clock);
    provider.person = { sub: 'ada', email, email_verified: true, name: 'Ada Example' };
    told.learnClientSecret(provider);
    signIn = await givenSignIn(shop, provider);
    await signInAndExchange();
    await misuseEverything();
    await beDeceived();
    await failWithValuesAtHand();
    await refuseProfiles();
  });

  afterAll(async () => {
    vi.restoreAllMocks();
    await provider.stop();
    await app.close();
  });

  async function attempt(deviation: Deviation, browser = new Browser(app)) {
    provider.lie = told.learningTokens(deviation);
    const result = await signIn.through(browser);
    provider.lie = {};
    told.learn('verifier of the storefront', result.verifier);
    told.keepHops(result.hops, signIn.redirectUri);
    return result;
  }

  async function redeem(...call: Parameters<SignIn['redeem']>): Promise<string | undefined> {
    const answer = await signIn.redeem(...call);
    const { data } = answer.body as { data?: { token: string } };
    told.learn('customer token', data?.token);
    if (data === undefined) told.keepAnswer(answer.status, Object.entries(answer.headers), answer.text);
    return data?.token;
  }

  async function signInAndExchange(): Promise<void> {
    const result = await attempt({});
    expectCode(result);
    expect(await redeem(result)).toMatch(/^[\w-]+(\.[\w-]+){2}$/);
    expect(await redeem(result)).toBe(undefined);
  }

  async function misuseEverything(): Promise<void> {
    const browser = new Browser(app);
    const result = await attempt({}, browser);
    const callback = result.hops.find(({ location }) => location?.startsWith(signIn.callbackEndpoint))?.location ?? '';
    for (const url of [
      callback,
      callback.replace('state=', 'state=x'),
      callback.replace(/state=[^&]*/, ''),
      `${callback}&${callback.slice(callback.indexOf('?') + 1)}`,
      callback.replace(signIn.profileId, signIn.realmId),
      callback.replace('/oidc-profiles/', '/oidc-profile/'),
    ]) {
      told.keepHops(await new Browser(app).follow(url), signIn.redirectUri);
      told.keepHops(await browser.follow(url), signIn.redirectUri);
    }
    const [, query = ''] = callback.split('?');
    const inQuery = await app.http.get(`/v2/customers?${query}`).set(await shop.service());
    told.keepAnswer(inQuery.status, Object.entries(inQuery.headers), inQuery.text);
    const { verifier, parameters } = result;
    await redeem(result, { oauth_code_verifier: [verifier], oauth_redirect_uri: { a: parameters['code'] } });
    await redeem(result, { authentication_mechanism: verifier });
    await redeem(result, { oauth_redirect_uri: verifier });
    await redeem(await attempt({}), { oauth_code_verifier: verifier });
    const broken = await app.http
      .post('/v2/customers/tokens')
      .set({ ...(await shop.implicit()), 'content-type': 'application/json' })
      .send(`{"data":{"oauth_authorization_code":"${parameters['code']}","oauth_code_verifier":"${verifier}",}}`);
    told.keepAnswer(broken.status, Object.entries(broken.headers), broken.text);
  }

  /** Every lie of the harness, and answers that give back what they were told. */
  async function beDeceived(): Promise<void> {
    const deceived = new DeceivedShop(app, shop);
    for (const { setting, deviation } of LIES) {
      const connection = await deceived.newPerson(setting);
      told.learnClientSecret(connection.provider);
      const { hops, verifier } = await deceived.attempt(connection, told.learningTokens(deviation));
      told.learn('verifier of the storefront', verifier);
      told.keepHops(hops, signIn.redirectUri);
    }
    await deceived.stop();

    const { clientSecret } = provider;
    const echo = (honest: Answer, status: number): Answer => {
      const text = `${clientSecret} ${honest.body.toString()}`;
      return json({ error: text, error_description: text, error_uri: text }, status)();
    };
    for (const status of [200, 400, 401, 403, 500]) {
      app.clock.advanceSeconds(601);
      await attempt({ token: (honest) => echo(honest, status) });
      await attempt({ userinfo: (honest) => echo(honest, status) });
      await attempt({ jwks: (honest) => echo(honest, status) });
    }
    app.clock.advanceSeconds(601);
    await attempt({
      token: (honest) => ({
        ...honest,
        headers: { 'www-authenticate': `Bearer error="${clientSecret}"` },
        status: 401,
      }),
    });
    await attempt({
      redirect: (back) => {
        const elsewhere = new URL(back);
        elsewhere.searchParams.set('error', elsewhere.searchParams.get('code') ?? '');
        elsewhere.searchParams.set('error_description', elsewhere.searchParams.get('state') ?? '');
        return elsewhere;
      },
    });
  }

  /** The database refuses a row, or a statement, in the middle of a sign-in. */
  async function failWithValuesAtHand(): Promise<void> {
    const { pool } = app.database;
    const reasons: unknown[] = [];
    for (const table of ['sso_flows', 'customers', 'identities', 'authorization_codes', 'customer_tokens']) {
      provider.person = { ...provider.person, sub: randomBytes(8).toString('hex'), email: uniqueEmail() };
      await pool.query(`ALTER TABLE ${table} ADD CONSTRAINT canary CHECK (store_id IS NULL) NOT VALID`);
      const result = await attempt({});
      reasons.push(result.parameters['error'] ?? result.last.status);
      if (table === 'customer_tokens') await redeem(result);
      await pool.query(`ALTER TABLE ${table} DROP CONSTRAINT canary`);
    }
    expect(reasons).toEqual(['server_error', 'server_error', 'server_error', 'server_error', 303]);
    for (const [table, column] of [
      ['sso_flows', 'browser_hash'],
      ['authorization_codes', 'code_hash'],
    ]) {
      await pool.query(`ALTER TABLE ${table} RENAME COLUMN ${column} TO gone`);
      await redeem(await attempt({}));
      await pool.query(`ALTER TABLE ${table} RENAME COLUMN gone TO ${column}`);
    }
  }

  async function refuseProfiles(): Promise<void> {
    const clientSecret = `canary-${randomBytes(16).toString('hex')}`;
    told.learn('client secret that was not stored', clientSecret);
    const good = { name: 'A', discovery_url: provider.discoveryUrl, client_id: 'a', client_secret: clientSecret };
    const path = `/v2/authentication-realms/${signIn.realmId}/oidc-profiles`;
    const send = async (data: object) => {
      const answer = await app.http
        .post(path)
        .set(await shop.service())
        .send({ data });
      told.keepAnswer(answer.status, Object.entries(answer.headers), answer.text);
      return answer.status;
    };
    const statuses = [
      await send({ ...good, discovery_url: `https://127.0.0.1:1/${clientSecret}/.well-known/openid-configuration` }),
      await send({ ...good, name: [clientSecret], client_id: { a: clientSecret } }),
      await send({ ...good, email_trust: clientSecret }),
      await send({ ...good, client_secret: [clientSecret] }),
      await send([good]),
    ];
    const { pool } = app.database;
    await pool.query('ALTER TABLE oidc_profiles ADD CONSTRAINT canary CHECK (store_id IS NULL) NOT VALID');
    statuses.push(await send(good));
    await pool.query('ALTER TABLE oidc_profiles DROP CONSTRAINT canary');
    expect(statuses).toEqual([422, 400, 400, 400, 400, 500]);
    const stored = await app.http.get(path).set(await shop.service());
    told.keepAnswer(stored.status, Object.entries(stored.headers), stored.text);
  }

  it('are of every kind, from many sign-ins', () => {
    expect([...new Set(told.secrets.values())].toSorted()).toEqual([
      'ID token',
      'access token of the provider',
      'client authentication',
      'client secret',
      'client secret that was not stored',
      'code of the provider',
      'code of the service',
      'cookie',
      'customer token',
      'nonce',
      'state',
      'verifier of the service',
      'verifier of the storefront',
    ]);
    expect(told.endings.length).toBeGreaterThan(60);
  });

  it('come out of no answer of the service but in the redirects and cookies that hand them on', () => {
    expect(told.foundIn(told.answers.join('\n'))).toEqual([]);
    expect(told.answers.length).toBeGreaterThan(150);
  });

  it('go to no storefront but the code that is for it', () => {
    expect(told.foundIn(told.endings.join('\n'))).toEqual(['code of the service']);
    const errors = told.endings.filter((ending) => new URL(ending).searchParams.has('error'));
    expect(told.foundIn(errors.join('\n'))).toEqual([]);
    expect(errors.length).toBeGreaterThan(60);
  });

  it('come out of no log line, also at the level debug, and neither does the email', () => {
    const log = app.log.lines.join('');
    expect(told.foundIn(log)).toEqual([]);
    expect(log).not.toContain(email);
    expect(log).toContain('"msg":"failure"');
    expect(app.log.lines.length).toBeGreaterThan(150);
  });

  it('are printed nowhere past the log', () => {
    expect(told.foundIn(printed.join(''))).toEqual([]);
  });

  it('are in the database as hashes or sealed, never as they are', async () => {
    const { pool } = app.database;
    const { rows } = await pool.query<{ name: string }>(
      `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'`,
    );
    const texts: string[] = [];
    for (const { name } of rows) {
      const all = `SELECT string_agg(t::text, ' ') AS text FROM "${name}" t`;
      texts.push((await pool.query<{ text: string | null }>(all)).rows[0]?.text ?? '');
    }
    const stored = texts.join('\n');
    expect(stored).toContain(email);
    expect(told.foundIn(stored)).toEqual([]);
  });
});
