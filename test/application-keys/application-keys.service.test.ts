import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ApplicationKeyWithSecretResource } from '../../src/application-keys/application-keys.contract.js';
import { startApp, type TestApp } from '../harness/app.js';
import { givenShop, type Shop } from '../harness/shop.js';
import { asTestKey, createKey, PATH, storedSecrets, tokenStatus } from './managed-keys.js';
import { sized } from '../harness/tier/sizes.js';

const WEEK_SECONDS = 604_800;

let app: TestApp;
let shop: Shop;
let key: ApplicationKeyWithSecretResource;

beforeAll(async () => {
  // Its clock is moved.
  app = await startApp({ tokenSigningAlg: 'ES256', accessTokenLifetimeSeconds: 86_400 });
});
afterAll(() => app.close());
beforeEach(async () => {
  shop = await givenShop(app);
  key = await createKey(shop, { preset: 'orders' });
});

/** @returns the new secret */
async function rotate(overlap_seconds: number): Promise<string> {
  const answer = await app.http
    .post(`${PATH}/${key.id}/rotate`)
    .set(await shop.service())
    .send({ data: { type: 'application-key', overlap_seconds } });
  expect(answer.status).toBe(200);
  const { data } = answer.body as { data: ApplicationKeyWithSecretResource };
  const { client_secret } = data;
  expect(data).toEqual({
    ...key,
    client_secret,
    meta: { timestamps: { ...key.meta.timestamps, updated_at: data.meta.timestamps.updated_at } },
  });
  expect(client_secret).toMatch(/^[A-Za-z0-9_-]{43}$/);
  return client_secret;
}

const statusOf = (secret: string) => tokenStatus(app.http, key.client_id, secret);

describe('the rotation of a secret', () => {
  it('without an overlap refuses the old secret at once, and takes the new one', async () => {
    expect(await statusOf(key.client_secret)).toBe(200);
    const next = await rotate(0);

    expect(next).not.toBe(key.client_secret);
    expect([await statusOf(key.client_secret), await statusOf(next)]).toEqual([401, 200]);
  });

  it.each([60, WEEK_SECONDS])(
    'with an overlap of %i s takes both until it ends, and then the new one only',
    async (seconds) => {
      const begin = app.clock.nowSeconds();
      app.clock.stopAt(begin);
      try {
        const next = await rotate(seconds);
        app.clock.stopAt(begin + seconds - 1);
        expect([await statusOf(key.client_secret), await statusOf(next)]).toEqual([200, 200]);
        // What the process has just read of the key does not make it good for a moment longer.
        app.clock.stopAt(begin + seconds);
        expect([await statusOf(key.client_secret), await statusOf(next)]).toEqual([401, 200]);
      } finally {
        app.clock.goOn();
      }
    },
  );

  it('leaves the tokens that are out as they are', async () => {
    const headers = await shop.service(asTestKey(key, key.client_secret));
    await rotate(0);
    expect((await app.http.get('/v2/orders').set(headers)).status).toBe(200);
  });

  it('again, before the first overlap has ended, cuts off nobody: the oldest secret keeps its end', async () => {
    const lost = await rotate(600);
    const next = await rotate(3_600);
    expect([await statusOf(key.client_secret), await statusOf(lost), await statusOf(next)]).toEqual([200, 200, 200]);

    app.clock.advanceSeconds(601);
    try {
      expect([await statusOf(key.client_secret), await statusOf(lost), await statusOf(next)]).toEqual([401, 200, 200]);
    } finally {
      app.clock.advanceSeconds(-601);
    }
  });

  it('again without an overlap ends every older secret', async () => {
    const second = await rotate(WEEK_SECONDS);
    const third = await rotate(0);
    expect([await statusOf(key.client_secret), await statusOf(second), await statusOf(third)]).toEqual([401, 401, 200]);
  });

  it('again with a shorter overlap leaves the older secret the end that it was promised', async () => {
    const second = await rotate(3_600);
    const third = await rotate(60);
    app.clock.advanceSeconds(3_500);
    try {
      expect([await statusOf(key.client_secret), await statusOf(second), await statusOf(third)]).toEqual([
        200, 401, 200,
      ]);
      app.clock.advanceSeconds(101);
      expect(await statusOf(key.client_secret)).toBe(401);
    } finally {
      app.clock.goOn();
    }
  });

  it('five times more with any overlap leaves the oldest secret its hour', async () => {
    const secrets = [key.client_secret];
    for (const overlap of [3_600, 3_600, 1, WEEK_SECONDS, 3_600, 60]) secrets.push(await rotate(overlap));

    app.clock.advanceSeconds(3_590);
    try {
      const statuses = [];
      for (const secret of secrets) statuses.push(await statusOf(secret));
      expect(statuses).toEqual([200, 200, 401, 200, 200, 401, 200]);
    } finally {
      app.clock.goOn();
    }
  });

  it('is refused where it would leave more than a hundred valid secrets, and breaks no promise: all of them stay', async () => {
    const secrets = [key.client_secret];
    const begin = app.clock.nowSeconds();
    app.clock.stopAt(begin);
    try {
      for (let turn = 1; turn < 100; turn += 1) secrets.push(await rotate(WEEK_SECONDS));
      const before = await storedSecrets(shop, key.id);
      const answer = await app.http
        .post(`${PATH}/${key.id}/rotate`)
        .set(await shop.service())
        .send({ data: { overlap_seconds: 1 } });

      const firstEnd = new Date((begin + WEEK_SECONDS) * 1_000).toISOString();
      expect(answer.status).toBe(422);
      expect(answer.body).toEqual({
        errors: [
          {
            status: 422,
            title: 'Unprocessable Entity',
            detail: `The key has 100 valid secrets already. The first of them ends at ${firstEnd}. Rotate after that, or without an overlap, which ends every older secret at once.`,
            code: 'constraint_violated',
            request_id: expect.any(String) as string,
          },
        ],
      });
      expect(await storedSecrets(shop, key.id)).toEqual(before);
      const statuses = await Promise.all(secrets.map(statusOf));
      expect(statuses).toEqual(Array.from(secrets, () => 200));

      const last = await rotate(0);
      const afterwards = await Promise.all([...secrets, last].map(statusOf));
      expect(afterwards).toEqual([...secrets.map(() => 401), 200]);
    } finally {
      app.clock.goOn();
    }
  });

  it('by the key itself is allowed', async () => {
    const answer = await app.http
      .post(`${PATH}/${shop.key.keyId}/rotate`)
      .set(await shop.service())
      .send({ data: { overlap_seconds: 0 } });
    const { client_secret } = (answer.body as { data: ApplicationKeyWithSecretResource }).data;

    expect(answer.status).toBe(200);
    expect(await tokenStatus(app.http, shop.key.clientId, shop.key.clientSecret)).toBe(401);
    expect(await tokenStatus(app.http, shop.key.clientId, client_secret)).toBe(200);
  });
});

const ROUNDS = sized('rounds in which two keys delete each other', { test: 6, thorough: 20 });

describe('several who manage keys at once', () => {
  it(`two keys that delete each other leave one, in each of ${ROUNDS} rounds, and none waits for the other for ever`, async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const left = await createKey(shop, { preset: 'admin' });
      const right = await createKey(shop, { preset: 'admin' });
      const [byLeft, byRight] = [
        await shop.service(asTestKey(left, left.client_secret)),
        await shop.service(asTestKey(right, right.client_secret)),
      ];
      const answers = await Promise.all([
        app.http.delete(`${PATH}/${right.id}`).set(byLeft),
        app.http.delete(`${PATH}/${left.id}`).set(byRight),
      ]);

      const statuses = answers.map(({ status }) => status);
      expect(statuses.filter((status) => status === 204)).toHaveLength(1);
      expect(statuses.filter((status) => status === 401 || status === 403)).toHaveLength(1);
      const where = { storeId: shop.storeId, id: { in: [left.id, right.id] } };
      expect(await app.database.prisma.applicationKey.count({ where })).toBe(1);
    }
  });

  it('rotations at once all succeed, and every secret that was shown is good', async () => {
    const secrets = await Promise.all(Array.from({ length: 4 }, () => rotate(60)));
    const statuses = await Promise.all(secrets.map(statusOf));
    expect(new Set(secrets).size).toBe(4);
    expect(statuses).toEqual([200, 200, 200, 200]);
  });

  it('a key that loses a permission while it creates another one gives that permission to none afterwards', async () => {
    for (let round = 0; round < 10; round += 1) {
      const rights = { grants: ['client_credentials'], permissions: ['orders:read', 'keys:write'] };
      const clerk = await createKey(shop, rights);
      const clerkHeaders = await shop.service(asTestKey(clerk, clerk.client_secret));
      const owner = await shop.service();
      const [, creation] = await Promise.all([
        app.http
          .put(`${PATH}/${clerk.id}`)
          .set(owner)
          .send({ data: { permissions: ['keys:write'] } })
          .expect(200),
        app.http
          .post(PATH)
          .set(clerkHeaders)
          .send({ data: { name: 'Heir', ...rights } }),
      ]);
      expect([201, 403]).toContain(creation.status);
      const late = await app.http
        .post(PATH)
        .set(clerkHeaders)
        .send({ data: { name: 'Late heir', ...rights } });
      expect(late.status).toBe(403);
    }
  });
});
