import { randomBytes } from 'node:crypto';
import type { Response } from 'supertest';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { testConfig, startApp, type TestApp } from './harness/app.js';
import { withClient } from './harness/postgres.js';
import { addressMembers, givenShop, type Shop, uniqueEmail } from './harness/shop.js';
import { storedCustomer } from './harness/stored-rows.js';

/** A text that cannot occur by chance. */
function canary(name: string): string {
  return `canary-${name}-${randomBytes(12).toString('hex')}`;
}

/**
 * Secrets are planted through the whole story, with its failures, at the most talkative log level. None may come out anywhere but
 * in the one answer that hands a token to its owner.
 */
describe('secrets', () => {
  let app: TestApp;
  let shop: Shop;
  const password = canary('password');
  const nextPassword = canary('next');
  const wrongPassword = canary('wrong');
  const email = uniqueEmail();
  const answers: string[] = [];
  const secrets = new Map<string, string>();
  /** What the process wrote past the log. */
  const printed: string[] = [];
  let customerId: string;

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
    secrets.set('password', password).set('next password', nextPassword).set('wrong password', wrongPassword);
    secrets.set('client secret', shop.key.clientSecret);
    for (const key of testConfig.masterKeys) {
      secrets.set('master key', key.toString('base64')).set('master key in hex', key.toString('hex'));
    }
    await tellTheStory();
    await failInEveryWay();
    await failWithoutDatabase();
    await app.close();
  });

  afterAll(() => {
    vi.restoreAllMocks();
  });

  function keep(answer: Response): Response {
    answers.push(`${JSON.stringify(answer.headers)}\n${answer.text}`);
    return answer;
  }

  /** For answers that hand out a token: what they hand out is a secret from then on. */
  function learn(name: string, text: string): string {
    secrets.set(name, text).set(`signature of the ${name}`, text.split('.')[2] ?? text);
    return text;
  }

  async function tellTheStory(): Promise<void> {
    const bearer = learn('access token', await shop.token('client_credentials'));
    const service = { authorization: `Bearer ${bearer}` };
    const storefront = { authorization: `Bearer ${learn('implicit token', await shop.token('implicit'))}` };
    const data = { type: 'customer', name: 'Ann Example', email, password };
    const created = keep(await app.http.post('/v2/customers').set(storefront).send({ data }));
    const { id } = (created.body as { data: { id: string } }).data;
    customerId = id;
    learn('password hash', (await storedCustomer(shop, id)).password_hash ?? '');
    const token = learn('customer token', (await shop.login({ email, password })).token);
    const ann = { ...storefront, 'x-moltin-customer-token': token };

    keep(await app.http.get('/v2/customers').set(ann));
    keep(await app.http.post(`/v2/customers/${id}/addresses`).set(ann).send({ data: addressMembers }));
    keep(await app.http.get(`/v2/customers/${id}/addresses`).set(ann));
    keep(await app.http.get('/v2/orders?include=items').set(ann));
    const change = { type: 'customer', password: nextPassword, current_password: password };
    keep(await app.http.put(`/v2/customers/${id}`).set(ann).send({ data: change }));
    keep(await app.http.get('/v2/customers').set(service));
    const introspection = { client_id: shop.key.clientId, client_secret: shop.key.clientSecret, token };
    keep(await app.http.post('/oauth/introspect').type('form').send(introspection));
    for (const path of ['jwks.json', 'openid-configuration', 'oauth-authorization-server']) {
      keep(await app.http.get(`/.well-known/${path}`));
    }
    learn('next password hash', (await storedCustomer(shop, id)).password_hash ?? '');
    const [key] = await app.database.prisma.signingKey.findMany({ where: { purpose: 'customer' } });
    secrets.set('sealed key', Buffer.from(key?.sealedPrivateKey ?? []).toString('base64'));
  }

  async function failInEveryWay(): Promise<void> {
    const storefront = await shop.implicit();
    const service = await shop.service();
    const token = secrets.get('customer token') ?? '';
    const json = { 'content-type': 'application/json' };
    const login = (body: object) => app.http.post('/v2/customers/tokens').set(storefront).send(body);
    keep(await login({ data: { email, password: wrongPassword } }));
    keep(await login({ data: { email: { secret: password }, password: [wrongPassword] } }));
    keep(await login({ data: { email, password, authentication_mechanism: wrongPassword } }));
    keep(
      await app.http
        .post('/v2/customers')
        .set({ ...storefront, ...json })
        .send(`{"data":{"password":"${password}",}}`),
    );
    keep(
      await app.http
        .post('/v2/customers')
        .set(storefront)
        .send({ data: { email, name: 'Ann', password } }),
    );
    keep(
      await app.http
        .post('/v2/customers')
        .set(storefront)
        .send({ data: { password: `${password}\u0000` } }),
    );
    keep(await app.http.post(`/v2/customers?password=${password}`).set(storefront).send({ data: { password } }));
    keep(await app.http.get(`/v2/customers/${token}`).set(service));
    keep(await app.http.get(`/v2/${token}`).set(service));
    keep(await app.http.get(`/%E0%A4%A${token}`).set(service));
    keep(await app.http.get('/v2/customers').set({ authorization: `Bearer ${token}` }));
    keep(await app.http.get('/v2/customers').set({ ...service, 'x-moltin-customer-token': `${token}x` }));
    keep(await app.http.get('/v2/customers').set({ ...service, 'x-request-id': `${token} ${password}` }));
    const client = { grant_type: 'client_credentials', client_id: shop.key.clientId };
    const secret = `${shop.key.clientSecret}x`;
    keep(
      await app.http
        .post('/oauth/access_token')
        .type('form')
        .send({ ...client, client_secret: secret }),
    );
    keep(
      await app.http
        .post('/oauth/access_token')
        .type('form')
        .send({ ...client, client_secret: password, grant_type: password }),
    );
    const own = {
      ...storefront,
      'x-moltin-customer-token': (await shop.login({ email, password: nextPassword })).token,
    };
    learn('second customer token', own['x-moltin-customer-token']);
    const path = `/v2/customers/${customerId}`;
    keep(
      await app.http
        .put(path)
        .set(own)
        .send({ data: { current_password: wrongPassword, password } }),
    );
    keep(
      await app.http
        .put(path)
        .set(own)
        .send({ data: { email: password, external_ref: [wrongPassword] } }),
    );
    keep(
      await app.http
        .delete(path)
        .set(own)
        .send({ data: { current_password: wrongPassword } }),
    );
    const basic = Buffer.from(`${shop.key.clientId}:${secret}`).toString('base64');
    secrets.set('client authentication', basic);
    keep(
      await app.http
        .post('/oauth/introspect')
        .set({ authorization: `Basic ${basic}` })
        .type('form')
        .send({ token }),
    );
    keep(
      await app.http
        .post('/oauth/introspect')
        .type('form')
        .send(`token=${token}&token=${token}&client_secret=${shop.key.clientSecret}`),
    );
    // The database says no in the middle of a write that carries a hash: a failure of ours, with the statement's values at hand.
    const { pool } = app.database;
    await pool.query('ALTER TABLE customers ADD CONSTRAINT canary CHECK (name <> $$Canary$$)');
    const data = { name: 'Canary', email: uniqueEmail(), password };
    const failed = keep(await app.http.post('/v2/customers').set(storefront).send({ data }));
    await pool.query('ALTER TABLE customers DROP CONSTRAINT canary');
    expect(failed.status).toBe(500);
    await pool.query('ALTER TABLE customers RENAME COLUMN email_domain TO gone');
    const broken = [
      keep(await login({ data: { email, password } })),
      keep(await app.http.post('/v2/customers').set(storefront).send({ data })),
      keep(await app.http.put(path).set(own).send({ data: { password } })),
    ];
    await pool.query('ALTER TABLE customers RENAME COLUMN gone TO email_domain');
    expect(broken.map(({ status }) => status)).toContain(500);
  }

  /** Every connection is cut and no new one is let in, so that requests fail with the values of their statements at hand. */
  async function failWithoutDatabase(): Promise<void> {
    const storefront = await shop.implicit();
    const own = { ...storefront, 'x-moltin-customer-token': secrets.get('second customer token') ?? '' };
    const name = new URL(app.config.databaseUrl).pathname.slice(1);
    await withClient(inject('adminDatabaseUrl'), async (admin) => {
      await admin.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
      await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name]);
    });
    const data = { name: 'Ann', email, password };
    const failed = [
      keep(await app.http.post('/v2/customers').set(storefront).send({ data })),
      keep(await app.http.post('/v2/customers/tokens').set(storefront).send({ data })),
      keep(await app.http.put(`/v2/customers/${customerId}`).set(own).send({ data })),
      keep(await app.http.get('/health/ready')),
    ];
    for (const { status } of failed) expect(status).toBeGreaterThanOrEqual(500);
    await withClient(inject('adminDatabaseUrl'), (admin) =>
      admin.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`),
    );
  }

  it('come out of no answer but the one that hands them out', () => {
    const leaks = [...secrets].filter(([, secret]) => answers.some((answer) => answer.includes(secret)));
    expect(leaks.map(([name]) => name)).toEqual([]);
    expect(answers.length).toBeGreaterThan(35);
  });

  it('come out of no log line, also at the level debug', () => {
    const log = app.log.lines.join('');
    expect([...secrets].filter(([, secret]) => log.includes(secret)).map(([name]) => name)).toEqual([]);
    expect(log).toContain('"msg":"failure"');
    expect(app.log.lines.length).toBeGreaterThan(30);
  });

  it('are printed nowhere past the log, while the service fails or closes', () => {
    const text = printed.join('');
    expect([...secrets].filter(([, secret]) => text.includes(secret)).map(([name]) => name)).toEqual([]);
  });

  it('include the email: log lines show it masked', () => {
    const log = app.log.lines.join('');
    expect(log).not.toContain(email);
    expect(log).toContain(`"email":"a***@example.test"`);
  });

  it('are in the database as hashes or sealed, never as they are', async () => {
    const stored = await withClient(app.config.databaseUrl, async (client) => {
      const { rows } = await client.query<{ name: string }>(
        `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'`,
      );
      const texts: string[] = [];
      for (const { name } of rows) {
        const all = `SELECT string_agg(t::text, ' ') AS text FROM "${name}" t`;
        texts.push((await client.query<{ text: string | null }>(all)).rows[0]?.text ?? '');
      }
      return texts.join('\n');
    });
    expect(stored).toContain(email);
    const kept = [...secrets].filter(([name]) => !/hash/.test(name));
    expect(kept.filter(([, secret]) => stored.includes(secret)).map(([name]) => name)).toEqual([]);
  });
});
