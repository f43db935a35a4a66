import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { initialStoreSettings, StoreSettingsReader } from '../../src/access/store-settings.js';
import { operatorOf } from '../../src/database/authority.js';
import type { Database } from '../../src/database/database.js';
import { startApp, type TestApp } from '../harness/app.js';
import { aSecondLater, inOneMoment } from '../harness/process-time.js';
import { givenShop } from '../harness/shop.js';
import { eventually } from '../harness/patience.js';

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

    const changed = await here.change(operatorOf(storeId), { pageLength: 10, registration: 'client_credentials' });

    expect(changed).toMatchObject({ pageLength: 10, registration: 'client_credentials', addressLimit: 25 });
    expect(await here.of(storeId)).toMatchObject({ pageLength: 10, registration: 'client_credentials' });
    await aSecondLater(async () => {
      expect(await there.of(storeId)).toMatchObject({ pageLength: 10, registration: 'client_credentials' });
    });
  });

  it('does not remember what it read before a change that came in between', async () => {
    const { storeId } = await givenShop(first);
    const { store } = first.database.prisma;
    let rowsRead = 0;
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    // The true database, whose answer to a read is on its way until the change is done.
    const slow = {
      findUniqueOrThrow: async (args: Parameters<typeof store.findUniqueOrThrow>[0]) => {
        const row = await store.findUniqueOrThrow(args);
        rowsRead += 1;
        await held;
        return row;
      },
    };
    const database = { read: { store: slow }, write: first.database.write.bind(first.database) };
    const reader = new StoreSettingsReader(database as unknown as Database, first.clock);

    const early = reader.of(storeId);
    await eventually(() => expect(rowsRead).toBe(1));
    await reader.change(operatorOf(storeId), { pageLength: 7 });
    release();

    expect((await early).pageLength).toBe(25);
    expect((await reader.of(storeId)).pageLength).toBe(7);
  });

  it('asks the database once for many requests in a moment', async () => {
    const { storeId } = await givenShop(first);
    let reads = 0;
    const count = () => {
      reads += 1;
    };
    await inOneMoment(async () => {
      await there.of(storeId);
      second.database.pool.on('acquire', count);
      for (let turn = 0; turn < 10; turn += 1) await there.of(storeId);
      second.database.pool.off('acquire', count);
    });
    expect(reads).toBe(0);
  });

  it('fails for a store that is not there, rather than fall back to settings of its own', async () => {
    await expect(here.of('00000000-0000-7000-8000-000000000000')).rejects.toMatchObject({ code: 'P2025' });
  });
});
