import { beforeAll, describe, expect, it } from 'vitest';
import { Stores } from '../../src/access/stores.js';
import { AppError } from '../../src/errors/app-error.js';
import { newId } from '../../src/crypto/identifiers.js';
import { sharedApp, type TestApp } from '../harness/app.js';

describe('Stores', () => {
  let app: TestApp;
  let stores: Stores;
  beforeAll(async () => {
    app = await sharedApp();
    stores = app.nest.get(Stores);
  });

  const newHandle = () => `store-${newId().slice(0, 23)}`;
  const nothing = () => Promise.resolve();

  it('makes store, realm and the rest together, or nothing of it', async () => {
    const handle = newHandle();
    const failure = new Error('the rest could not be made');
    await expect(
      stores.create(handle, () => {
        throw failure;
      }),
    ).rejects.toBe(failure);
    expect(await stores.find(handle)).toBeNull();

    const { store, rest } = await stores.create(handle, async (tx, storeId) => {
      return tx.authenticationRealm.count({ where: { storeId } });
    });
    expect(rest).toBe(1);
    expect(await stores.find(handle)).toEqual(store);
  });

  it('finds a store by its handle and by its id in any case, and by nothing else', async () => {
    const { store } = await stores.create(newHandle(), nothing);
    expect(await stores.find(store.handle)).toEqual(store);
    expect(await stores.find(store.id.toUpperCase())).toEqual(store);
    for (const name of ['', store.handle.toUpperCase(), `${store.handle} `, store.id.slice(1), newId()]) {
      expect(await stores.find(name)).toBeNull();
    }
  });

  it('takes a handle once', async () => {
    const { store } = await stores.create(newHandle(), nothing);
    const failure: unknown = await stores.create(store.handle, nothing).catch((cause: unknown) => cause);
    expect(failure).toBeInstanceOf(AppError);
    expect((failure as AppError).code).toBe('id_taken');
  });
});
