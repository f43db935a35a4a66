import pLimit from 'p-limit';
import type { Client } from 'pg';
import { describe, expect, it } from 'vitest';
import type { ServiceConfig } from '../../src/config/config.js';
import { startApp, type TestApp } from '../harness/app.js';
import { DatabaseGate } from '../harness/database-gate.js';
import { expectError } from '../harness/error-answers.js';
import { eventually } from '../harness/patience.js';
import { freshDatabaseUrl, withClient } from '../harness/postgres.js';
import { addressMembers, givenShop, type Shop, type TestCustomer } from '../harness/shop.js';

interface Stage {
  readonly app: TestApp;
  readonly shop: Shop;
  readonly customer: TestCustomer;
  readonly service: Record<string, string>;
  readonly ann: Record<string, string>;
}

async function stageOn(app: TestApp): Promise<Stage> {
  const shop = await givenShop(app);
  const customer = await shop.customer();
  return { app, shop, customer, service: await shop.service(), ann: await shop.as(customer) };
}

/** One request of every kind of access: Prisma, a prepared statement of our own, transactions, a login, a token. */
function requests({ app, customer, service, ann }: Stage) {
  const addresses = `/v2/customers/${customer.id}/addresses`;
  const { email, password } = customer;
  return [
    app.http.get('/v2/customers').set(service),
    app.http.get(addresses).set(ann),
    app.http.get('/v2/orders').set(ann),
    app.http.post(addresses).set(service).send({ data: addressMembers }),
    app.http
      .put(`/v2/customers/${customer.id}`)
      .set(service)
      .send({ data: { name: 'Other' } }),
    app.http.delete(`/v2/customers/${customer.id}`).set(service),
    app.http.post('/v2/customers/tokens').set(service).send({ data: { email, password } }),
    // A client that is not known: what is known is remembered for a moment.
    app.http.post('/oauth/access_token').type('form').send({ grant_type: 'implicit', client_id: 'nobody' }),
  ];
}

/** All of them are told to try again, while the database is as it is: no hang, no 500. */
async function expectUnavailable(stage: Stage): Promise<void> {
  const answers = await Promise.all(requests(stage));
  for (const answer of answers) {
    const oauth = answer.request.url.includes('/oauth/');
    const error_description = 'The service is not ready. Try again shortly.';
    expectError(answer, 'unavailable', [{}], oauth ? { error: 'server_error', error_description } : {});
    expect(answer.headers['retry-after']).toBe('1');
  }
  const ready = await stage.app.http.get('/health/ready');
  expectError(ready, 'unavailable', [{ detail: 'Not ready: database unreachable.' }]);
  expect(ready.headers['retry-after']).toBe('1');
  expect((await stage.app.http.get('/health/live')).body).toEqual({ status: 'ok' });
}

/** The service serves again, with the tokens of before, and nothing of what it refused was done. */
async function expectUnharmed({ app, shop, customer, ann }: Stage): Promise<void> {
  expect((await app.http.get('/health/ready')).body).toEqual({ status: 'ok' });
  const answer = await app.http.get(`/v2/customers/${customer.id}`).set(ann);
  expect(answer.status).toBe(200);
  expect(answer.body).toMatchObject({ data: { id: customer.id, name: customer.name } });
  expect(await app.database.prisma.address.count({ where: { storeId: shop.storeId } })).toBe(0);
}

/** Six that start at once would take the time of each other. */
const oneAtATime = pLimit(1);

/** On a service of its own: these tests wait for time limits most of the time, so they do it side by side. */
async function onStage(overrides: Partial<ServiceConfig>, act: (stage: Stage) => Promise<void>): Promise<void> {
  // Making an RSA key takes longer than all the rest.
  const app = await oneAtATime(() => startApp({ tokenSigningAlg: 'ES256', ...overrides }));
  try {
    const stage = await stageOn(app);
    await act(stage);
    await eventually(() => expectUnharmed(stage));
  } finally {
    await app.close();
  }
}

/** Makes the pool hold several connections that are good and idle. */
async function fillPool({ app, service }: Stage): Promise<void> {
  await Promise.all(Array.from({ length: 8 }, () => app.http.get('/v2/customers').set(service)));
  expect(app.database.pool.idleCount).toBeGreaterThan(1);
}

/** Holds the row of the customer from another connection while `act` runs. */
async function whileHeld({ app, customer }: Stage, act: (holder: Client) => Promise<void>): Promise<void> {
  await withClient(app.config.databaseUrl, async (holder) => {
    await holder.query('BEGIN');
    await holder.query('SELECT FROM customers WHERE id = $1 FOR UPDATE', [customer.id]);
    await act(holder);
    await holder.query('ROLLBACK');
  });
}

const TERMINATE_OTHERS = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid()`;
/** Asks the locks: within a transaction, pg_stat_activity would never show a connection that was made later. */
const TERMINATE_WAITING = `SELECT pg_terminate_backend(pid) FROM pg_locks
  WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))`;

describe.concurrent('a service whose database fails', { timeout: 60_000 }, () => {
  it('answers 503 with Retry-After after a bounded wait where no connection of the pool is free', () =>
    onStage({ databasePoolSize: 1 }, async (stage) => {
      await stage.app.limits.during(async () => {
        const held = await stage.app.database.pool.connect();
        try {
          await expectUnavailable(stage);
        } finally {
          held.release();
        }
      });
    }));

  it('lives on when idle connections are ended, and serves the next request', () =>
    onStage({}, async (stage) => {
      const { database, config } = stage.app;
      await fillPool(stage);
      await withClient(config.databaseUrl, (admin) => admin.query(TERMINATE_OTHERS));
      await eventually(() => expect(database.pool.totalCount).toBe(0));
      await expectUnharmed(stage);
    }));

  it('answers 503 to a request whose connection is ended, and leaves nothing half done', () =>
    onStage({}, async (stage) => {
      await whileHeld(stage, async (holder) => {
        const { app, customer, service } = stage;
        const path = `/v2/customers/${customer.id}/addresses`;
        // A supertest request is sent once somebody waits for it.
        const answer = app.http
          .post(path)
          .set(service)
          .send({ data: addressMembers })
          .then((received) => received);
        await eventually(async () => {
          const { rowCount } = await holder.query(TERMINATE_WAITING);
          expect(rowCount).toBe(1);
        });
        expectError(await answer, 'unavailable');
      });
    }));

  it('answers 503 after a bounded wait for a row that somebody else holds', () =>
    onStage({}, async (stage) => {
      const { app, customer, service } = stage;
      await whileHeld(stage, () =>
        app.limits.during(async () => {
          const answer = await app.http
            .put(`/v2/customers/${customer.id}`)
            .set(service)
            .send({ data: { name: 'Other' } });
          expectError(answer, 'unavailable');
        }),
      );
    }));

  it('answers 503 with Retry-After while the database is away, and serves once it is back', async () => {
    const gate = await DatabaseGate.before(await freshDatabaseUrl());
    try {
      await onStage({ databaseUrl: gate.url }, async (stage) => {
        await fillPool(stage);
        await gate.shut();
        await expectUnavailable(stage);
        await gate.open();
      });
    } finally {
      await gate.close();
    }
  });

  it('answers 503 with Retry-After after a bounded wait where every packet is lost', async () => {
    const gate = await DatabaseGate.before(await freshDatabaseUrl());
    try {
      await onStage({ databaseUrl: gate.url }, async (stage) => {
        await stage.app.limits.during(async () => {
          await fillPool(stage);
          gate.silence();
          await expectUnavailable(stage);
          await gate.open();
        });
      });
    } finally {
      await gate.close();
    }
  });
});
