import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { grants, permissions } from '../../src/access/permissions.js';
import { defaultStoreId } from '../../src/app.setup.js';
import type { ServiceConfig } from '../../src/config/config.js';
import { sha256 } from '../../src/crypto/digest.js';
import { StartupError } from '../../src/errors/startup-error.js';
import { startApp, type TestApp } from '../harness/app.js';
import { freshDatabaseUrl } from '../harness/postgres.js';
import { aSecondLater } from '../harness/process-time.js';
import { givenShop, Shop } from '../harness/shop.js';

const CLIENT_ID = 'back-end';
const FIRST = 'the first secret, 32 characters and more';
const SECOND = 'the second secret, 32 characters and more';
const THIRD = 'the third secret, 32 characters and more';

describe('DefaultStore', () => {
  const running: TestApp[] = [];
  let databaseUrl: string;

  beforeEach(async () => {
    databaseUrl = await freshDatabaseUrl();
  });

  afterEach(async () => {
    await Promise.all(running.splice(0).map((app) => app.close()));
  });

  async function start(bootstrapKey: ServiceConfig['bootstrapKey'] = null): Promise<TestApp> {
    const app = await startApp({ databaseUrl, tokenSigningAlg: 'ES256', databasePoolSize: 4, bootstrapKey });
    running.push(app);
    return app;
  }

  function startWith(clientSecret: string, clientId: string = CLIENT_ID): Promise<TestApp> {
    return start({ clientId, clientSecret });
  }

  /** Status of a token request with client credentials. */
  async function statusOf(app: TestApp, clientSecret: string, clientId: string = CLIENT_ID): Promise<number> {
    const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret };
    const { status } = await app.http.post('/oauth/access_token').type('form').send(form);
    return status;
  }

  async function storedSecrets(app: TestApp): Promise<{ hash: string; valid: boolean }[]> {
    const rows = await app.database.prisma.applicationKeySecret.findMany({ orderBy: { createdAt: 'asc' } });
    return rows.map((row) => ({ hash: Buffer.from(row.secretHash).toString('hex'), valid: row.retiredAt === null }));
  }

  const hashOf = (secret: string) => sha256(secret).toString('hex');

  it('without a first application key, makes one store with its initial settings and its realm, and no key', async () => {
    const app = await start();
    const { prisma } = app.database;
    const [store, ...others] = await prisma.store.findMany();

    expect(others).toEqual([]);
    expect(store).toMatchObject({
      id: await defaultStoreId(app.nest),
      handle: 'default',
      registration: 'open',
      requireCurrentPassword: false,
      pageLength: 25,
      addressLimit: 25,
    });
    const realms = await prisma.authenticationRealm.findMany({ omit: { id: true, createdAt: true, updatedAt: true } });
    expect(realms).toEqual([
      {
        storeId: store?.id,
        name: 'Buyer Organization',
        redirectUris: [],
        duplicateEmailPolicy: 'allowed',
        unprovenEmail: 'refuse',
      },
    ]);
    expect(await prisma.applicationKey.count()).toBe(0);
    expect(await prisma.clientId.count()).toBe(0);
  });

  it('with a first application key, makes it in the default store with every grant and permission, its secret as a digest', async () => {
    const app = await startWith(FIRST);
    const { prisma } = app.database;
    const [key, ...others] = await prisma.applicationKey.findMany();
    if (key === undefined) throw new Error('no key was made');

    expect(others).toEqual([]);
    expect(key).toMatchObject({
      storeId: await defaultStoreId(app.nest),
      clientId: CLIENT_ID,
      grants: [...grants],
      permissions: [...permissions],
    });
    expect(await storedSecrets(app)).toEqual([{ hash: hashOf(FIRST), valid: true }]);
    const shop = new Shop(app, key.storeId, { keyId: key.id, clientId: CLIENT_ID, clientSecret: FIRST });
    const ann = await shop.customer();
    await app.http
      .get(`/v2/customers/${ann.id}`)
      .set(await shop.as(ann))
      .expect(200);
    expect(app.log.lines.join('\n')).not.toContain(FIRST);
  });

  it('at the next start with the same key changes nothing, also not what the team has chosen about the store', async () => {
    const before = await startWith(FIRST);
    await before.database.prisma.store.updateMany({ data: { pageLength: 7, registration: 'client_credentials' } });
    await before.database.prisma.authenticationRealm.updateMany({
      data: { name: 'Shoppers', redirectUris: ['https://shop.example.test/cb'], duplicateEmailPolicy: 'api_only' },
    });
    const everything = async (app: TestApp) => ({
      stores: await app.database.prisma.store.findMany(),
      realms: await app.database.prisma.authenticationRealm.findMany(),
      keys: await app.database.prisma.applicationKey.findMany(),
      clientIds: await app.database.prisma.clientId.findMany(),
      secrets: await app.database.prisma.applicationKeySecret.findMany(),
    });
    const stored = await everything(before);

    const after = await startWith(FIRST);

    expect(await everything(after)).toEqual(stored);
    expect(await statusOf(after, FIRST)).toBe(200);
  });

  it('gives a key back the rights that it was made with, which leaves an event, once', async () => {
    const before = await startWith(FIRST);
    const changes = async (app: TestApp) => {
      const events = await app.database.prisma.event.findMany({
        where: { storeId: await defaultStoreId(app.nest), type: 'application_key_changed' },
      });
      return events.map(({ actorType, subjectId }) => ({ actorType, subjectId }));
    };
    const [key] = await before.database.prisma.applicationKey.findMany();
    await before.database.prisma.applicationKey.updateMany({ data: { permissions: ['orders:read'] } });
    expect(await changes(before)).toEqual([]);

    const after = await startWith(FIRST);
    const again = await startWith(FIRST);

    expect(await changes(after)).toEqual([{ actorType: 'system', subjectId: key?.id }]);
    expect(await changes(again)).toHaveLength(1);
    expect((await again.database.prisma.applicationKey.findFirst())?.permissions).toEqual([...permissions]);
  });

  it('with another secret replaces the stored one, so that the old one stops working in every process within a second', async () => {
    const old = await startWith(FIRST);
    expect(await statusOf(old, FIRST)).toBe(200);

    const changed = await startWith(SECOND);

    expect(await statusOf(changed, FIRST)).toBe(401);
    expect(await statusOf(changed, SECOND)).toBe(200);
    await aSecondLater(async () => {
      expect(await statusOf(old, FIRST)).toBe(401);
      expect(await statusOf(old, SECOND)).toBe(200);
    });
    expect(await storedSecrets(changed)).toEqual([
      { hash: hashOf(FIRST), valid: false },
      { hash: hashOf(SECOND), valid: true },
    ]);
  });

  it('in a replica that restarts with a replaced secret, never writes it again, starts all the same and warns without it', async () => {
    await startWith(FIRST);
    const newer = await startWith(SECOND);
    const stored = await storedSecrets(newer);

    const late = await startWith(FIRST);

    expect(await storedSecrets(late)).toEqual(stored);
    for (const app of [newer, late]) {
      expect(await statusOf(app, FIRST)).toBe(401);
      expect(await statusOf(app, SECOND)).toBe(200);
    }
    const warnings = late.log.entries().filter(({ level }) => level === 40);
    expect(warnings.map(({ msg }) => msg)).toEqual([
      'BOOTSTRAP_CLIENT_SECRET was replaced by a newer one and does not come back',
    ]);
    expect(late.log.lines.join('\n')).not.toContain(FIRST);
  });

  it('after several replacements accepts the last secret only, whichever old one a replica comes back with', async () => {
    for (const secret of [FIRST, SECOND, THIRD]) await startWith(secret);
    for (const secret of [SECOND, FIRST]) {
      const late = await startWith(secret);
      expect([await statusOf(late, FIRST), await statusOf(late, SECOND), await statusOf(late, THIRD)]).toEqual([
        401, 401, 200,
      ]);
    }
  });

  it('in five replicas that start at once on a new database, makes one store, one realm, one key and one secret', async () => {
    const replicas = await Promise.all(Array.from({ length: 5 }, () => startWith(FIRST)));
    const [app] = replicas;
    if (app === undefined) throw new Error('no replica');
    const { prisma } = app.database;

    expect(await prisma.store.count()).toBe(1);
    expect(await prisma.authenticationRealm.count()).toBe(1);
    expect(await prisma.applicationKey.count()).toBe(1);
    expect(await prisma.clientId.count()).toBe(1);
    expect(await storedSecrets(app)).toEqual([{ hash: hashOf(FIRST), valid: true }]);
    for (const replica of replicas) expect(await statusOf(replica, FIRST)).toBe(200);
  });

  it('in five replicas that restart at once, some with the old secret and some with the new, ends with the new one only', async () => {
    await startWith(FIRST);
    const replicas = await Promise.all([FIRST, SECOND, FIRST, SECOND, FIRST].map((secret) => startWith(secret)));

    for (const replica of replicas) {
      await aSecondLater(async () => {
        expect(await statusOf(replica, FIRST)).toBe(401);
        expect(await statusOf(replica, SECOND)).toBe(200);
      });
    }
    expect(await storedSecrets(replicas[0] as TestApp)).toEqual([
      { hash: hashOf(FIRST), valid: false },
      { hash: hashOf(SECOND), valid: true },
    ]);
  });

  it('gives the key its grants and permissions back that were taken from it', async () => {
    const before = await startWith(FIRST);
    await before.database.prisma.applicationKey.updateMany({ data: { grants: [], permissions: ['orders:read'] } });

    const after = await startWith(FIRST);

    expect(
      await after.database.prisma.applicationKey.findMany({ select: { grants: true, permissions: true } }),
    ).toEqual([{ grants: [...grants], permissions: [...permissions] }]);
    expect(await statusOf(after, FIRST)).toBe(200);
  });

  it('with another client id makes a second key and leaves the first', async () => {
    await startWith(FIRST);
    const app = await startWith(SECOND, 'another-back-end');

    expect(await statusOf(app, FIRST)).toBe(200);
    expect(await statusOf(app, SECOND, 'another-back-end')).toBe(200);
    expect(await statusOf(app, FIRST, 'another-back-end')).toBe(401);
  });

  it('with the client id of another store does not start, tells so in one line, and leaves that key as it was', async () => {
    const before = await start();
    const { key } = await givenShop(before);

    const failure = await startWith(SECOND, key.clientId).catch((cause: unknown) => cause);

    expect(failure).toBeInstanceOf(StartupError);
    expect((failure as StartupError).message).toBe(
      `BOOTSTRAP_CLIENT_ID ${key.clientId} belongs to another store: choose another one`,
    );
    expect(await storedSecrets(before)).toEqual([{ hash: hashOf(key.clientSecret), valid: true }]);
    expect(await statusOf(before, key.clientSecret, key.clientId)).toBe(200);
  });
});
