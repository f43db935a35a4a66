import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { initialStoreSettings, StoreSettingsReader } from '../../src/access/store-settings.js';
import { startApp, type TestApp } from '../harness/app.js';
import { aSecondLater } from '../harness/process-time.js';
import { givenShop } from '../harness/shop.js';

/** Two processes on one database. */
describe('StoreSettingsReader', () => {
  let first: TestApp;
  let second: TestApp;
  let here: StoreSettingsReader;
  let there: StoreSettingsReader;

  beforeAll(async () => {
    first = await startApp({ tokenSigningAlg: 'ES256' });
    second = await startApp({ tokenSigningAlg: 'ES256', databaseUrl: first.config.databaseUrl });
    here = first.nest.get(StoreSettingsReader);
    there = second.nest.get(StoreSettingsReader);
  });

  afterAll(async () => {
    await first.close();
    await second.close();
  });

  it('answers the settings of the store that is asked for, and of no other', async () => {
    const { storeId } = await givenShop(first, { pageLength: 3, addressLimit: 4 });
    const { storeId: otherId } = await givenShop(first);

    expect(await here.of(storeId)).toMatchObject({ ...initialStoreSettings, pageLength: 3, addressLimit: 4 });
    expect(await here.of(otherId)).toMatchObject(initialStoreSettings);
  });

  it('knows a change at once in the process that made it, and within a second in the others', async () => {
    const { storeId } = await givenShop(first);
    for (const reader of [here, there]) expect((await reader.of(storeId)).pageLength).toBe(25);

    const changed = await here.change(storeId, { pageLength: 10, registration: 'client_credentials' });

    expect(changed).toMatchObject({ pageLength: 10, registration: 'client_credentials', addressLimit: 25 });
    expect(await here.of(storeId)).toMatchObject({ pageLength: 10, registration: 'client_credentials' });
    await aSecondLater(async () => {
      expect(await there.of(storeId)).toMatchObject({ pageLength: 10, registration: 'client_credentials' });
    });
  });

  it('does not remember what it read while a change came in between', async () => {
    const { storeId } = await givenShop(first);
    const rounds = Array.from({ length: 20 }, (_, round) => round + 1);
    for (const pageLength of rounds) {
      await Promise.all([here.of(storeId), here.change(storeId, { pageLength }), here.of(storeId)]);
      expect((await here.of(storeId)).pageLength).toBe(pageLength);
    }
  });

  it('asks the database once for many requests in a moment', async () => {
    const { storeId } = await givenShop(first);
    await there.of(storeId);
    let reads = 0;
    const count = () => {
      reads += 1;
    };
    second.database.pool.on('acquire', count);
    try {
      for (let turn = 0; turn < 10; turn += 1) await there.of(storeId);
    } finally {
      second.database.pool.off('acquire', count);
    }
    // One more where a second ended just now.
    expect(reads).toBeLessThanOrEqual(1);
  });

  it('fails for a store that is not there, rather than fall back to settings of its own', async () => {
    await expect(here.of('00000000-0000-7000-8000-000000000000')).rejects.toMatchObject({ code: 'P2025' });
  });
});
