import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApplicationKeys } from '../../src/access/application-keys.js';
import { newId } from '../../src/crypto/identifiers.js';
import type { Database } from '../../src/database/database.js';
import { startApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { aSecondLater, inOneMoment } from '../harness/process-time.js';
import { givenShop, type Shop, type TestKey } from '../harness/shop.js';
import { eventually } from '../harness/patience.js';

/** Two processes on one database: what one of them remembers, the other one cannot make it forget. */
describe('an application key that changes in the database', () => {
  let first: TestApp;
  let second: TestApp;
  let shop: Shop;

  beforeAll(async () => {
    first = await startApp({ tokenSigningAlg: 'ES256' });
    second = await startApp({ tokenSigningAlg: 'ES256', databaseUrl: first.config.databaseUrl });
    shop = await givenShop(first);
  });

  afterAll(async () => {
    await first.close();
    await second.close();
  });

  /** A key whose token both processes have just accepted. */
  async function knownKey(): Promise<{ key: TestKey; authorization: string }> {
    const key = await shop.otherKey({});
    const authorization = `Bearer ${await shop.token('client_credentials', key)}`;
    for (const app of [first, second]) expect((await settings(app, authorization)).status).toBe(200);
    return { key, authorization };
  }

  function settings(app: TestApp, authorization: string) {
    return app.http.get('/v2/settings/store').set('authorization', authorization);
  }

  function change(key: TestKey, data: { grants?: string[]; permissions?: string[] }) {
    return first.database.prisma.applicationKey.update({
      where: { storeId_id: { storeId: shop.storeId, id: key.keyId } },
      data,
    });
  }

  it('has no longer the permission that was taken: 403 within a second in every process, with tokens of before', async () => {
    const { key, authorization } = await knownKey();
    await change(key, { permissions: ['customers:read'] });

    await aSecondLater(async () => {
      for (const app of [first, second]) {
        const answer = await settings(app, authorization);
        expectError(answer, 'forbidden');
        expect(await app.log.ofRequest(String(answer.headers['x-request-id']))).toMatchObject({
          reason: 'permission_missing',
          key_id: key.keyId,
        });
        await app.http.get('/v2/customers').set('authorization', authorization).expect(200);
      }
    });
  });

  it('has the permission that was given, with tokens of before', async () => {
    const key = await shop.otherKey({ permissions: [] });
    const authorization = `Bearer ${await shop.token('client_credentials', key)}`;
    for (const app of [first, second]) expectError(await settings(app, authorization), 'forbidden');
    await change(key, { permissions: ['settings:write'] });

    await aSecondLater(async () => {
      for (const app of [first, second]) expect((await settings(app, authorization)).status).toBe(200);
    });
  });

  it('without the grant of a token, refuses that token with 403, and issues no other', async () => {
    const { key, authorization } = await knownKey();
    await change(key, { grants: ['implicit'] });

    await aSecondLater(async () => {
      for (const app of [first, second]) {
        const answer = await settings(app, authorization);
        expectError(answer, 'forbidden');
        expect(await app.log.ofRequest(String(answer.headers['x-request-id']))).toMatchObject({ reason: 'grant_lost' });
        const form = { grant_type: 'client_credentials', client_id: key.clientId, client_secret: key.clientSecret };
        const issue = await app.http.post('/oauth/access_token').type('form').send(form);
        expect(issue.status).toBe(400);
        expect(issue.body).toMatchObject({ error: 'unauthorized_client' });
      }
    });
  });

  it('once deleted, is the 401 of an unknown token and issues no other', async () => {
    const { key, authorization } = await knownKey();
    await first.database.prisma.applicationKey.delete({
      where: { storeId_id: { storeId: shop.storeId, id: key.keyId } },
    });

    await aSecondLater(async () => {
      for (const app of [first, second]) {
        const answer = await settings(app, authorization);
        expectError(answer, 'access_token_invalid');
        expect(await app.log.ofRequest(String(answer.headers['x-request-id']))).toMatchObject({ reason: 'key_gone' });
        const form = { grant_type: 'implicit', client_id: key.clientId };
        await app.http.post('/oauth/access_token').type('form').send(form).expect(401);
      }
    });
  });

  it('deleted and made anew under the same client id, does not revive the tokens of before', async () => {
    const { key, authorization } = await knownKey();
    const { prisma } = first.database;
    const where = { storeId_id: { storeId: shop.storeId, id: key.keyId } };
    const { grants, permissions, name } = await prisma.applicationKey.findUniqueOrThrow({ where });
    await prisma.applicationKey.delete({ where });
    const anew = newId();
    const times = { createdAt: new Date(), updatedAt: new Date() };
    await prisma.applicationKey.create({
      data: { storeId: shop.storeId, id: anew, clientId: key.clientId, name, grants, permissions, ...times },
    });
    await prisma.clientId.create({ data: { clientId: key.clientId, storeId: shop.storeId, keyId: anew } });

    await aSecondLater(async () => {
      for (const app of [first, second]) expectError(await settings(app, authorization), 'access_token_invalid');
      const fresh = `Bearer ${await shop.token('implicit', key)}`;
      await first.http.get('/v2/customers/unknown').set('authorization', fresh).expect(403);
    });
  });

  it('moved to another store, does not carry the tokens of before into it', async () => {
    const { key, authorization } = await knownKey();
    const other = await givenShop(first);
    const theirs = await other.otherKey({});
    const { prisma } = first.database;
    await prisma.clientId.update({
      where: { clientId: key.clientId },
      data: { storeId: other.storeId, keyId: theirs.keyId },
    });

    await aSecondLater(async () => {
      for (const app of [first, second]) expectError(await settings(app, authorization), 'access_token_invalid');
    });
  });

  it('with its secret retired, is refused with it within a second, while tokens of before and a second secret go on', async () => {
    const { key, authorization } = await knownKey();
    const form = { grant_type: 'client_credentials', client_id: key.clientId, client_secret: key.clientSecret };
    await first.database.prisma.applicationKeySecret.updateMany({
      where: { keyId: key.keyId },
      data: { retiredAt: new Date(Date.now() - 1) },
    });

    await aSecondLater(async () => {
      for (const app of [first, second]) {
        await app.http.post('/oauth/access_token').type('form').send(form).expect(401);
        expect((await settings(app, authorization)).status).toBe(200);
      }
    });
  });

  it('is read once for many requests in a moment', async () => {
    const { authorization } = await knownKey();
    const ask = () => second.http.get('/v2/customers/no-uuid').set('authorization', authorization).expect(404);
    let reads = 0;
    const count = () => {
      reads += 1;
    };
    await inOneMoment(async () => {
      await ask();
      second.database.pool.on('acquire', count);
      for (let turn = 0; turn < 10; turn += 1) await ask();
      second.database.pool.off('acquire', count);
    });
    expect(reads).toBe(0);
  });

  it('is not remembered as it was read before a change that came in between', async () => {
    const { key } = await knownKey();
    const { clientId: rows } = first.database.prisma;
    let rowsRead = 0;
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    // The true database, whose answer to a read is on its way until the change is done.
    const slow = {
      findUnique: async (args: Parameters<typeof rows.findUnique>[0]) => {
        const row = await rows.findUnique(args);
        rowsRead += 1;
        await held;
        return row;
      },
    };
    const keys = new ApplicationKeys({ read: { clientId: slow } } as unknown as Database, first.clock);

    const early = keys.find(key.clientId);
    await eventually(() => expect(rowsRead).toBe(1));
    await change(key, { permissions: ['customers:read'] });
    keys.forgetRemembered();
    release();

    expect((await early)?.permissions).toContain('orders:write');
    expect((await keys.find(key.clientId))?.permissions).toEqual(['customers:read']);
  });
});
