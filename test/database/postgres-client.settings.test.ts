import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applyMigrations } from '../../src/database/migrations.js';
import { startApp, type TestApp } from '../harness/app.js';
import { hostileDatabaseUrl } from '../harness/hostile-database.js';
import { hostileSettings } from '../harness/hostile-settings.js';
import { Browser } from '../harness/browser.js';
import { startHonestProvider } from '../harness/identity-provider/honest.js';
import { givenSignIn } from '../harness/identity-provider/sign-in.js';
import { operations } from '../harness/interface/document.js';
import { runOperation } from '../harness/interface/property-run.js';
import { World } from '../harness/interface/world.js';
import { emptyDatabaseUrl, withClient } from '../harness/postgres.js';
import { givenShop } from '../harness/shop.js';
import { cases } from '../harness/tier/sizes.js';
import { orderBody } from '../harness/two-stores.js';

const RUNS = cases('cases of each operation on a database with hostile settings', { test: 6, thorough: 40 });

let url: string;
let app: TestApp;

beforeAll(async () => {
  url = await hostileDatabaseUrl();
  app = await startApp({ databaseUrl: url, tokenSigningAlg: 'ES256' });
});
afterAll(() => app.close());

describe('on a database in which nothing that a client may set has its usual value', () => {
  it('a client that asks for nothing meets what was set', async () => {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      // Its own statement would end at the time limit: the first setting is told at the start, the others are looked up at once.
      await client.query('SET statement_timeout = 0');
      const settings = await hostileSettings(client);
      expect(settings.size).toBeGreaterThan(50);
      const { rows } = await client.query<{ name: string; setting: string }>(
        `SELECT name, setting FROM pg_settings WHERE name = ANY ('{TimeZone,DateStyle,search_path,extra_float_digits,bytea_output}')`,
      );
      expect(Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))).toEqual({
        TimeZone: 'America/St_Johns',
        DateStyle: 'German, DMY',
        search_path: 'elsewhere, pg_catalog',
        extra_float_digits: '-15',
        bytea_output: 'escape',
      });
    } finally {
      await client.end();
    }
  });

  it('the service has sessions that decide by themselves what they write and read', async () => {
    const { rows } = await app.database.pool.query<Record<string, string>>(
      `SELECT current_setting('TimeZone') AS zone, current_setting('DateStyle') AS style,
         current_setting('client_encoding') AS encoding, current_setting('standard_conforming_strings') AS strings,
         current_setting('default_transaction_isolation') AS isolation,
         current_setting('session_replication_role') AS role, current_setting('idle_session_timeout') AS idle,
         current_setting('exit_on_error') AS fatal, current_setting('extra_float_digits') AS digits`,
    );
    expect(rows).toEqual([
      {
        zone: 'UTC',
        style: 'ISO, MDY',
        encoding: 'UTF8',
        strings: 'on',
        isolation: 'read committed',
        role: 'origin',
        idle: '0',
        fatal: 'off',
        digits: '1',
      },
    ]);
  });

  it('migrations make the tables in public', async () => {
    const empty = await emptyDatabaseUrl();
    await withClient(empty, async (client) => {
      const name = new URL(empty).pathname.slice(1);
      await client.query('CREATE SCHEMA gatehouse; CREATE SCHEMA elsewhere');
      for (const [setting, value] of await hostileSettings(client)) {
        if (setting === 'search_path' || setting === 'DateStyle') continue;
        await client.query(`ALTER DATABASE ${name} SET ${setting} = ${client.escapeLiteral(value)}`);
      }
      await client.query(`ALTER DATABASE ${name} SET search_path = gatehouse, elsewhere, public`);
    });

    const { applied } = await applyMigrations(empty);

    expect(applied.length).toBeGreaterThan(0);
    const schemas = await withClient(empty, async (client) => {
      await client.query('SET statement_timeout = 0');
      const { rows } = await client.query<{ schema: string }>(
        `SELECT DISTINCT schemaname AS schema FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
      );
      return rows.map(({ schema }) => schema);
    });
    expect(schemas).toEqual(['public']);
    expect(await applyMigrations(empty)).toEqual({ applied: [] });
    const other = await startApp({ databaseUrl: empty, tokenSigningAlg: 'ES256' });
    try {
      expect((await other.http.get('/health/ready')).body).toEqual({ status: 'ok' });
      await (await givenShop(other)).customer();
    } finally {
      await other.close();
    }
  });

  describe('every operation answers as documented', () => {
    let world: World;
    beforeAll(async () => {
      world = await World.of(app);
    });
    afterAll(() => world.stop());

    it.each(operations.map((found) => [`${found.method.toUpperCase()} ${found.path}`, found] as const))(
      '%s',
      async (_, found) => {
        const tally = await runOperation(world, found, RUNS);
        const well = [...tally].filter(([status]) => status < 300 || status === 303);
        expect(well, JSON.stringify([...tally])).not.toEqual([]);
      },
      600_000,
    );
  });

  it('a customer signs in at an OpenID Provider', async () => {
    const shop = await givenShop(app);
    const provider = await startHonestProvider({});
    try {
      const signIn = await givenSignIn(shop, provider);
      provider.person({ sub: 'zoe', email: 'zoe@example.test', email_verified: true, name: 'Zoë Ĺ' });
      const exchanged = await signIn.redeem(await signIn.through(new Browser(app), 'zoe'));
      expect(exchanged.status).toBe(200);
      const { customer_id: id } = (exchanged.body as { data: { customer_id: string } }).data;
      const read = await app.http
        .get(`/v2/customers/${id}`)
        .set(await shop.service())
        .expect(200);
      expect(read.body).toMatchObject({ data: { name: 'Zoë Ĺ', authentication_mechanism: 'oidc' } });
    } finally {
      await provider.stop();
    }
  });
});

/** Zones of processes, and moments at or around which clocks there are changed. Keys are not used before they were made. */
const CHANGES = [
  ['UTC', '2060-11-20T12:00:00Z'],
  ['America/New_York', '2060-03-14T07:00:00Z'],
  ['America/New_York', '2060-11-07T06:30:00Z'],
  ['Europe/Berlin', '2060-10-31T01:00:00Z'],
  ['Australia/Lord_Howe', '2060-04-03T15:15:00Z'],
] as const;

describe('times are those of the clock', () => {
  it.each(CHANGES)('in a process of the zone %s at %s', async (zone, moment) => {
    const before = process.env['TZ'];
    process.env['TZ'] = zone;
    const shop = await givenShop(app);
    app.clock.stopAt(Date.parse(moment) / 1000);
    try {
      const service = await shop.service();
      const customer = await shop.customer();
      const address = await shop.address(customer);
      const { expires } = await shop.login(customer);
      const made = await app.http
        .post('/v2/orders?include=items')
        .set(service)
        .send(orderBody(customer.id))
        .expect(201);
      const { data } = made.body as { data: { id: string } };
      const order = await app.http.get(`/v2/orders/${data.id}?include=items`).set(service).expect(200);

      const times = new Set(JSON.stringify([made.body, order.body, address]).match(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/g));
      expect(times).toEqual(new Set([moment.slice(0, 19)]));
      expect(expires).toBe(Date.parse(moment) / 1000 + 86_400);
      const found = await app.http
        .get('/v2/customers')
        .query({ filter: `eq(created_at,${moment})` })
        .set(service)
        .expect(200);
      expect(found.body).toMatchObject({ data: [{ id: customer.id }] });
      // By numbers, which no setting changes.
      const stored = await app.database.pool.query<{ seconds: string }>(
        `SELECT DISTINCT extract(epoch FROM time)::bigint::text AS seconds FROM (
           SELECT created_at AS time FROM public.customers WHERE store_id = $1
           UNION ALL SELECT created_at FROM public.addresses WHERE store_id = $1
           UNION ALL SELECT created_at FROM public.orders WHERE store_id = $1
           UNION ALL SELECT created_at FROM public.order_items WHERE store_id = $1
           UNION ALL SELECT created_at FROM public.customer_tokens WHERE store_id = $1) AS times`,
        [shop.storeId],
      );
      expect(stored.rows).toEqual([{ seconds: String(Date.parse(moment) / 1000) }]);
    } finally {
      app.clock.goOn();
      if (before === undefined) delete process.env['TZ'];
      else process.env['TZ'] = before;
    }
  });
});
