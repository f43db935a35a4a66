import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../harness/app.js';
import { takeApart } from '../harness/forged-tokens.js';
import { aSecondLater } from '../harness/process-time.js';
import { Forge, forgeries } from '../harness/token-forgeries.js';
import { givenShop, Shop, type TestKey } from '../harness/shop.js';

const PATH = '/oauth/introspect';
const INACTIVE = { active: false };

/** What a token is worth now (RFC 7662). Two processes on one database. */
describe('POST /oauth/introspect', () => {
  let app: TestApp;
  let second: TestApp;
  let shop: Shop;

  beforeAll(async () => {
    app = await startApp();
    second = await startApp({ databaseUrl: app.config.databaseUrl });
    shop = await givenShop(app);
  });

  afterAll(async () => {
    await app.close();
    await second.close();
  });

  /** @returns the whole answer to a caller that proves itself with the key */
  async function introspect(token: string, { at = app, key = shop.key }: { at?: TestApp; key?: TestKey } = {}) {
    const answer = await at.http
      .post(PATH)
      .type('form')
      .send({ client_id: key.clientId, client_secret: key.clientSecret, token });
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(answer.headers['cache-control']).toBe('no-store');
    return answer.body as Record<string, unknown>;
  }

  it('tells the claims of a customer token that is good, and nothing personal', async () => {
    const ann = await shop.customer();
    const { id, token, expires } = await shop.login(ann);

    expect(await introspect(token)).toEqual({
      active: true,
      iss: 'https://id.shop.example',
      aud: shop.storeId,
      sub: ann.id,
      jti: id,
      iat: expires - 86_400,
      exp: expires,
      token_use: 'customer',
    });
  });

  it.each(['implicit', 'client_credentials'] as const)(
    'tells the claims of an access token by %s that is good, its type and its client',
    async (grant) => {
      const key = await shop.otherKey({});
      const token = await shop.token(grant, key);
      const { jti, iat, exp } = takeApart(token).payload;

      expect(await introspect(token)).toEqual({
        active: true,
        token_type: 'Bearer',
        client_id: key.clientId,
        iss: 'https://id.shop.example',
        aud: shop.storeId,
        sub: key.clientId,
        jti,
        iat,
        exp,
        token_use: 'access',
      });
    },
  );

  it('takes the caller’s credentials by HTTP Basic and in JSON too, any token_type_hint, and stray headers', async () => {
    const { token } = await shop.login(await shop.customer());
    const { clientId, clientSecret } = shop.key;
    const credentials = { client_id: clientId, client_secret: clientSecret };
    const answers = [
      await app.http.post(PATH).type('form').auth(clientId, clientSecret).send({ token }),
      await app.http
        .post(PATH)
        .type('json')
        .send({ ...credentials, token }),
      await app.http
        .post(`${PATH}/`)
        .type('form')
        .send({ ...credentials, token, token_type_hint: 'refresh_token' }),
      await app.http
        .post(PATH)
        .type('form')
        .send({ ...credentials, token, token_type_hint: 'access_token' }),
      await app.http
        .post(PATH)
        .type('form')
        .set('x-moltin-customer-token', 'stale')
        .send({ ...credentials, token }),
      await app.http
        .post(PATH)
        .type('form')
        .set('authorization', 'Bearer stale')
        .send({ ...credentials, token }),
    ];
    for (const answer of answers) {
      expect(answer.status).toBe(200);
      expect(answer.body).toMatchObject({ active: true, token_use: 'customer' });
    }
  });

  it('takes a key that has no other permission than this one', async () => {
    const key = await shop.otherKey({ permissions: ['tokens:introspect'], grants: ['client_credentials'] });
    expect(await introspect(await shop.token('implicit'), { key })).toMatchObject({ active: true });
  });

  it('tells inactive and nothing more of every token that is forged, of either kind', async () => {
    const stranger = await givenShop(app);
    const { token } = await shop.login(await shop.customer());
    const forges = [
      new Forge(app, 'customer', token, stranger.storeId),
      new Forge(app, 'access', await shop.token('client_credentials'), stranger.storeId),
    ];
    for (const forge of forges) {
      expect(await introspect(forge.claims({}))).toMatchObject({ active: true });
      const answers = await Promise.all(forgeries.map(async ([, , forged]) => introspect(forged(forge))));
      expect(answers.length).toBeGreaterThanOrEqual(100);
      expect(answers.filter((answer) => JSON.stringify(answer) !== JSON.stringify(INACTIVE))).toEqual([]);
    }
  });

  it.each(['x', 'undefined', 'a.b.c', '..', ' ', 'é', '{"active":true}', `Bearer ${'x'.repeat(5_000)}`])(
    'tells inactive of %j',
    async (token) => {
      expect(await introspect(token)).toEqual(INACTIVE);
    },
  );

  it('tells inactive of the tokens of another store, whichever way round', async () => {
    const other = await givenShop(app);
    const theirs = [(await other.login(await other.customer())).token, await other.token('client_credentials')];
    const ours = [(await shop.login(await shop.customer())).token, await shop.token('client_credentials')];

    for (const token of theirs) {
      expect(await introspect(token)).toEqual(INACTIVE);
      expect(await introspect(token, { key: other.key })).toMatchObject({ active: true, aud: other.storeId });
    }
    for (const token of ours) expect(await introspect(token, { key: other.key })).toEqual(INACTIVE);
  });

  it('tells inactive from the second of exp on', async () => {
    const { token, expires } = await shop.login(await shop.customer());
    const access = await shop.token('implicit');
    const exp = Number(takeApart(access).payload['exp']);
    try {
      app.clock.stopAt(exp - 0.001);
      expect(await introspect(access)).toMatchObject({ active: true });
      app.clock.stopAt(exp);
      expect(await introspect(access)).toEqual(INACTIVE);
      app.clock.stopAt(expires - 0.001);
      expect(await introspect(token)).toMatchObject({ active: true });
      app.clock.stopAt(expires);
      expect(await introspect(token)).toEqual(INACTIVE);
    } finally {
      app.clock.goOn();
    }
  });

  it('tells inactive of a revoked token and of a deleted customer, at once here and within a second in another process', async () => {
    const [revoked, deleted] = [await shop.customer(), await shop.customer()];
    const tokens = [(await shop.login(revoked)).token, (await shop.login(deleted)).token];
    for (const token of tokens) {
      for (const at of [app, second]) expect(await introspect(token, { at })).toMatchObject({ active: true });
    }
    const password = 'another horse battery';
    await app.http
      .put(`/v2/customers/${revoked.id}`)
      .set(await shop.service())
      .send({ data: { password } })
      .expect(200);
    await app.http
      .delete(`/v2/customers/${deleted.id}`)
      .set(await shop.service())
      .expect(204);

    for (const token of tokens) expect(await introspect(token)).toEqual(INACTIVE);
    await aSecondLater(async () => {
      for (const token of tokens) expect(await introspect(token, { at: second })).toEqual(INACTIVE);
    });
  });

  it('tells inactive of an access token whose key was deleted or has lost the grant', async () => {
    const [gone, changed] = [await shop.otherKey({}), await shop.otherKey({})];
    const tokens = [await shop.token('client_credentials', gone), await shop.token('client_credentials', changed)];
    for (const token of tokens) expect(await introspect(token)).toMatchObject({ active: true });
    const { prisma } = app.database;
    const where = (key: TestKey) => ({ storeId_id: { storeId: shop.storeId, id: key.keyId } });
    await prisma.applicationKey.delete({ where: where(gone) });
    await prisma.applicationKey.update({ where: where(changed), data: { grants: ['implicit'] } });

    await aSecondLater(async () => {
      for (const at of [app, second]) {
        for (const token of tokens) expect(await introspect(token, { at })).toEqual(INACTIVE);
      }
    });
  });

  it('leaves one log line that names the caller, and no token or secret', async () => {
    const { token } = await shop.login(await shop.customer());
    await introspect(token);
    const log = app.log.lines.join('\n');

    expect(log).not.toContain(token);
    expect(log).not.toContain(shop.key.clientSecret);
    const lines = app.log.entries().filter(({ route }) => route === PATH);
    expect(lines.at(-1)).toMatchObject({ status: 200, key_id: shop.key.keyId, store_id: shop.storeId });
  });
});
