import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/crypto/identifiers.js';
import { systemOf } from '../../src/database/authority.js';
import { LeaseLost, Leases } from '../../src/jobs/leases.js';
import { startApp, type TestApp } from '../harness/app.js';

let app: TestApp;
const [ann, bob] = [new Leases('ann', 60), new Leases('bob', 60)];

beforeAll(async () => {
  app = await startApp();
});

afterAll(() => app.close());

const take = (leases: Leases, name: string) => app.database.write(systemOf(null), (tx) => leases.take(tx, name));
const hold = (leases: Leases, name: string) => app.database.write(systemOf(null), (tx) => leases.hold(tx, name));
const release = (leases: Leases, name: string) => app.database.write(systemOf(null), (tx) => leases.release(tx, name));

async function timePasses(name: string): Promise<void> {
  await app.database.pool.query('UPDATE leases SET expires_at = statement_timestamp() WHERE name = $1', [name]);
}

describe('a lease', () => {
  it('is taken by one of many at once', async () => {
    const name = newId();
    const takers = Array.from({ length: 8 }, (_, index) => new Leases(`taker ${index}`, 60));
    const taken = await Promise.all(takers.map((leases) => take(leases, name)));
    expect(taken.filter(Boolean)).toHaveLength(1);
    for (const [index, leases] of takers.entries()) {
      if (taken[index]) await hold(leases, name);
      else await expect(hold(leases, name)).rejects.toThrow(LeaseLost);
    }
  });

  it('is not taken in its time, and is when that is over', async () => {
    const name = newId();
    expect(await take(ann, name)).toBe(true);
    expect(await take(bob, name)).toBe(false);
    await timePasses(name);
    expect(await take(bob, name)).toBe(true);
    await expect(hold(ann, name)).rejects.toThrow(`another process holds the lease ${name}`);
    await expect(release(ann, name)).rejects.toThrow(LeaseLost);
    await hold(bob, name);
  });

  it('is still held after its time as long as nobody has taken it, and prolonged by that', async () => {
    const name = newId();
    await take(ann, name);
    await timePasses(name);
    await hold(ann, name);
    expect(await take(bob, name)).toBe(false);
  });

  it('is free at once when it is given back', async () => {
    const name = newId();
    await take(ann, name);
    await release(ann, name);
    expect(await take(bob, name)).toBe(true);
  });

  it('cannot be taken while a transaction holds it, even if its time is over', async () => {
    const name = newId();
    await take(ann, name);
    await timePasses(name);
    let taking: Promise<boolean> | undefined;
    await app.database.write(systemOf(null), async (tx) => {
      await ann.hold(tx, name);
      taking = take(bob, name);
      await app.database.pool.query('SELECT 1');
    });
    expect(await taking).toBe(false);
  });

  it('was never held by who has not taken it', async () => {
    await expect(hold(ann, newId())).rejects.toThrow(LeaseLost);
  });
});
