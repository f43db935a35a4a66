import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { startEmbeddedPostgres } from '../../src/launch/embedded-postgres.js';
import { freePort } from '../../src/launch/listen-port.js';
import { findPostgresBinaries } from '../../src/launch/postgres-binaries.js';
import { makeThrowawayFolder, removeThrowawayFolder } from '../../src/launch/throwaway-folders.js';
import { applyMigrations } from '../../src/database/migrations.js';
import { createApp, whenReady } from '../../src/app.setup.js';
import { LogSink, startApp, testConfig, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { eventually } from '../harness/patience.js';
import { withClient } from '../harness/postgres.js';
import { addressMembers, givenShop } from '../harness/shop.js';
import supertest from 'supertest';

async function expectReadOnly(app: Pick<TestApp, 'http'>): Promise<void> {
  const ready = await app.http.get('/health/ready');
  expectError(ready, 'unavailable', [{ detail: 'Not ready: database read-only.' }]);
  expect(ready.headers['retry-after']).toBe('1');
  expect((await app.http.get('/health/live')).body).toEqual({ status: 'ok' });
}

describe('a service whose database takes no writes any more', () => {
  it('answers reads, 503 with Retry-After to writes, is not ready, and goes on by itself when it does again', async () => {
    const app = await startApp({ tokenSigningAlg: 'ES256' });
    const name = new URL(app.config.databaseUrl).pathname.slice(1);
    const run = (sql: string) => withClient(inject('adminDatabaseUrl'), (admin) => admin.query(sql));
    try {
      const shop = await givenShop(app);
      const customer = await shop.customer();
      const [service, implicit] = [await shop.service(), await shop.implicit()];
      const addresses = `/v2/customers/${customer.id}/addresses`;
      const { email, password } = customer;
      await run(`ALTER DATABASE ${name} SET default_transaction_read_only = on`);
      await run(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}' AND pid <> pg_backend_pid()`,
      );
      await eventually(() => expectReadOnly(app));

      const writes = [
        app.http
          .post('/v2/customers')
          .set(service)
          .send({ data: { type: 'customer', name: 'Zoë', email: `x${email}` } }),
        app.http
          .put(`/v2/customers/${customer.id}`)
          .set(service)
          .send({ data: { name: 'Other' } }),
        app.http.delete(`/v2/customers/${customer.id}`).set(service),
        app.http.post(addresses).set(service).send({ data: addressMembers }),
        app.http
          .post('/v2/customers/tokens')
          .set(implicit)
          .send({ data: { type: 'token', email, password } }),
        app.http
          .put('/v2/settings/store')
          .set(service)
          .send({ data: { type: 'store-settings', page_length: 7 } }),
      ];
      for (const answer of await Promise.all(writes)) {
        expectError(answer, 'unavailable');
        expect(answer.headers['retry-after']).toBe('1');
      }
      const read = await app.http.get(`/v2/customers/${customer.id}`).set(service).expect(200);
      expect(read.body).toMatchObject({ data: { name: customer.name } });
      await expectReadOnly(app);

      // Connections that were made before stay read-only for as long as they live: they must not.
      await run(`ALTER DATABASE ${name} RESET default_transaction_read_only`);
      await eventually(() => app.http.get('/health/ready').expect(200));
      await eventually(() => app.http.post(addresses).set(service).send({ data: addressMembers }).expect(201));
      expect(await app.database.prisma.address.count({ where: { storeId: shop.storeId } })).toBe(1);
    } finally {
      await app.close();
    }
  });
});

describe('a service that starts on a standby', () => {
  const children: ChildProcess[] = [];
  const folders: string[] = [];
  afterEach(async () => {
    for (const child of children.splice(0)) {
      child.kill('SIGINT');
      await once(child, 'exit');
    }
    folders.splice(0).forEach(removeThrowawayFolder);
  });

  it('is not ready, and becomes so by itself when the standby is made the primary', async () => {
    const folder = makeThrowawayFolder('test');
    folders.push(folder);
    const settings = ['wal_level=replica', 'max_wal_senders=2'];
    const primary = await startEmbeddedPostgres(folder, { throwaway: true, settings });
    await applyMigrations(primary.url);
    await primary.stop();
    const cluster = join(folder, 'postgres/cluster');
    writeFileSync(join(cluster, 'standby.signal'), '');
    const url = new URL(primary.url);
    url.port = String(await freePort('127.0.0.1'));
    const { file, prefix } = findPostgresBinaries().command('postgres');
    const options = [
      `-D`,
      cluster,
      '-p',
      url.port,
      '-c',
      'listen_addresses=127.0.0.1',
      '-c',
      'unix_socket_directories=',
    ];
    children.push(spawn(file, [...prefix, ...options], { stdio: 'ignore', env: {} }));
    await eventually(() => withClient(url.href, (client) => client.query('SELECT 1')));

    const nest = await createApp({ ...testConfig, databaseUrl: url.href }, { logStream: new LogSink() });
    try {
      await nest.listen(0, '127.0.0.1');
      const http = supertest(await nest.getUrl());
      await expectReadOnly({ http });
      expectError(await http.get('/v2/customers'), 'unavailable');

      await withClient(url.href, (client) => client.query('SELECT pg_promote()'));
      await whenReady(nest);
      expect((await http.get('/health/ready')).body).toEqual({ status: 'ok' });
      expectError(await http.get('/v2/customers'), 'access_token_invalid');
    } finally {
      await nest.close();
    }
  });
});
