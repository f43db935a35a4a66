import argon2 from 'argon2';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { startApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { until } from '../harness/service-process.js';
import { givenShop, type Shop, type TestCustomer, uniqueEmail } from '../harness/shop.js';
import { tallyStatuses } from '../harness/status-tally.js';
import { countRows, storedCustomer } from '../harness/stored-rows.js';

const CONCURRENCY = 3;
const QUEUE = 64;
const ATTEMPTS = 200;

let app: TestApp;
let shop: Shop;
let ann: TestCustomer;

beforeAll(async () => {
  app = await startApp({ hashConcurrency: CONCURRENCY });
  shop = await givenShop(app);
  ann = await shop.customer();
});

afterEach(() => {
  vi.restoreAllMocks();
});

afterAll(() => app.close());

/** Lets no password hash finish until it is opened, and counts those that run. */
function closeGate() {
  const { verify } = argon2;
  let open = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  const runs = { now: 0, most: 0, all: 0 };
  vi.spyOn(argon2, 'verify').mockImplementation(async (...args) => {
    runs.all += 1;
    runs.now += 1;
    runs.most = Math.max(runs.most, runs.now);
    await opened;
    try {
      return await verify(...args);
    } finally {
      runs.now -= 1;
    }
  });
  return { open, runs };
}

async function login(password = ann.password) {
  return app.http
    .post('/v2/customers/tokens')
    .set(await shop.implicit())
    .send({ data: { email: ann.email, password } });
}

describe('more logins than passwords can be hashed', { timeout: 90_000 }, () => {
  it('are answered 503 with Retry-After at once; the others keep their places, and the service goes on', async () => {
    const own = await shop.as(ann);
    const row = await storedCustomer(shop, ann.id);
    const { open, runs } = closeGate();
    const answered: Awaited<ReturnType<typeof login>>[] = [];
    const attempts = Array.from({ length: ATTEMPTS }, () => login().then((answer) => answered.push(answer)));

    const refused = await until(() => (answered.length === ATTEMPTS - CONCURRENCY - QUEUE ? [...answered] : null));
    expect(tallyStatuses(refused)).toEqual({ 503: ATTEMPTS - CONCURRENCY - QUEUE });
    for (const answer of refused) {
      expectError(answer, 'overloaded');
      expect(answer.headers['retry-after']).toBe('1');
    }
    expect(runs).toEqual({ now: CONCURRENCY, most: CONCURRENCY, all: CONCURRENCY });

    // Nothing else waits for passwords, and whatever needs one is refused whole.
    expect((await app.http.get('/health/ready')).status).toBe(200);
    expect((await app.http.get(`/v2/customers/${ann.id}`).set(own)).status).toBe(200);
    const service = await shop.service();
    const data = { name: 'Eve', email: uniqueEmail(), password: 'correct horse' };
    const created = await app.http.post('/v2/customers').set(service).send({ data });
    const updated = await app.http.put(`/v2/customers/${ann.id}`).set(own).send({ data });
    const proven = { data: { name: 'Eve', current_password: ann.password } };
    const removed = await app.http.delete(`/v2/customers/${ann.id}`).set(own).send(proven);
    for (const answer of [created, updated, removed]) expectError(answer, 'overloaded');
    expect(await countRows(shop, 'customers')).toBe(1);
    expect(await storedCustomer(shop, ann.id)).toEqual(row);

    open();
    await Promise.all(attempts);
    expect(tallyStatuses(answered)).toEqual({ 200: CONCURRENCY + QUEUE, 503: ATTEMPTS - CONCURRENCY - QUEUE });
    expect(runs).toEqual({ now: 0, most: CONCURRENCY, all: CONCURRENCY + QUEUE });
    expect((await login()).status).toBe(200);
    expectError(await login('wrong horse battery'), 'credentials_invalid');
  });

  it('free their places, when hashing itself fails', async () => {
    vi.spyOn(argon2, 'verify').mockRejectedValue(new Error('out of memory'));
    const failed = await Promise.all(Array.from({ length: QUEUE }, () => login()));
    expect(tallyStatuses(failed)).toEqual({ 500: QUEUE });
    vi.restoreAllMocks();

    expect(tallyStatuses(await Promise.all(Array.from({ length: QUEUE }, () => login())))).toEqual({ 200: QUEUE });
  });
});
