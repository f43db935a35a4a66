import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256 } from '../../src/crypto/digest.js';
import { startApp, type TestApp } from '../harness/app.js';
import { doJob } from '../harness/background-jobs.js';
import { givenShop, type Shop } from '../harness/shop.js';
import { createKey, PATH, storedSecrets, tokenStatus } from './managed-keys.js';

const JOB = 'retired-application-key-secrets';
const CLIENT_ID = 'bootstrap';
const SECRETS = ['first-declared-secret-of-32-letters', 'second-declared-secret-of-32-letter'] as const;

let app: TestApp;
let shop: Shop;

beforeAll(async () => {
  app = await startApp();
  shop = await givenShop(app);
});

afterAll(() => app.close());

async function rotate(keyId: string, overlapSeconds: number): Promise<string> {
  const answer = await app.http
    .post(`${PATH}/${keyId}/rotate`)
    .set(await shop.service())
    .send({ data: { overlap_seconds: overlapSeconds } });
  expect(answer.status).toBe(200);
  return (answer.body as { data: { client_secret: string } }).data.client_secret;
}

/** The clocks cannot be moved: what they wrote is. */
async function timePasses(seconds: number): Promise<void> {
  await app.database.pool.query(
    'UPDATE application_key_secrets SET retired_at = retired_at - make_interval(secs => $1)',
    [seconds],
  );
}

const hex = (secret: string) => sha256(secret).toString('hex');

describe('the sweep of the secrets of application keys', () => {
  it('removes those that were replaced an hour ago, and leaves those that are good, in their overlap, or just replaced', async () => {
    const key = await createKey(shop, { preset: 'orders' });
    await rotate(key.id, 0);
    await timePasses(3_660);
    const overlapping = await rotate(key.id, 0);
    const last = await rotate(key.id, 86_400);
    expect(await storedSecrets(shop, key.id)).toHaveLength(4);

    expect(await doJob(app, JOB)).toMatchObject({ rows: 1, failure: null });

    const hashes = (await storedSecrets(shop, key.id)).map(({ hash }) => hash);
    expect(hashes).toHaveLength(3);
    expect(hashes.slice(0, 2)).toEqual([hex(last), hex(overlapping)]);
    for (const secret of [overlapping, last]) expect(await tokenStatus(app.http, key.client_id, secret)).toBe(200);
    await timePasses(86_400 + 3_660);
    expect(await doJob(app, JOB)).toMatchObject({ rows: 2, failure: null });
    expect((await storedSecrets(shop, key.id)).map(({ hash }) => hash)).toEqual([hex(last)]);
  });

  it('leaves those that an operator declared, so that a replaced value never comes back', async () => {
    const startWith = (clientSecret: string) =>
      startApp({ databaseUrl: app.config.databaseUrl, bootstrapKey: { clientId: CLIENT_ID, clientSecret } });
    const [first, second] = SECRETS;
    for (const secret of SECRETS) await (await startWith(secret)).close();
    await timePasses(3_660);

    expect(await doJob(app, JOB)).toMatchObject({ failure: null });

    const late = await startWith(first);
    expect(await tokenStatus(late.http, CLIENT_ID, first)).toBe(401);
    expect(await tokenStatus(late.http, CLIENT_ID, second)).toBe(200);
    await late.close();
  });

  it('leaves also one that was made over HTTP and declared afterwards', async () => {
    const key = await createKey(shop, { preset: 'orders' });
    const declared = { clientId: key.client_id, clientSecret: key.client_secret };
    // The environment declares keys of the default store.
    const { id: defaultStore } = await app.database.prisma.store.findUniqueOrThrow({ where: { handle: 'default' } });
    expect(defaultStore).not.toBe(shop.storeId);
    const made = await app.database.prisma.applicationKey.findFirstOrThrow({ where: { storeId: defaultStore } });
    expect(declared.clientId).not.toBe(made.clientId);
    const secret = await app.database.prisma.applicationKeySecret.findFirstOrThrow({
      where: { storeId: defaultStore, keyId: made.id, retiredAt: null },
    });
    await app.database.prisma.applicationKeySecret.update({
      where: { storeId_id: { storeId: defaultStore, id: secret.id } },
      data: { declared: false },
    });
    const again = await startApp({
      databaseUrl: app.config.databaseUrl,
      bootstrapKey: { clientId: CLIENT_ID, clientSecret: SECRETS[1] },
    });
    await again.close();

    expect(
      await app.database.prisma.applicationKeySecret.findUniqueOrThrow({
        where: { storeId_id: { storeId: defaultStore, id: secret.id } },
      }),
    ).toMatchObject({ declared: true });
  });
});
