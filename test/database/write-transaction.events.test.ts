import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operatorOf, systemOf } from '../../src/database/authority.js';
import { PasswordHasher } from '../../src/crypto/password-hasher.js';
import { hashOf, type PersonalPart } from '../../src/events/event-row.js';
import { Outbound } from '../../src/oidc/outbound.js';
import { startApp, type TestApp } from '../harness/app.js';
import { waitersFor } from '../harness/held-row.js';
import { withClient } from '../harness/postgres.js';
import { followSecondProcess } from '../harness/second-process.js';
import { endAll, until } from '../harness/service-process.js';
import { addressMembers, givenShop, type Shop, uniqueEmail } from '../harness/shop.js';

/** A process takes its time to start on a busy machine; what is asserted does not depend on it. */
const PATIENCE_MS = 120_000;

let app: TestApp;
let shop: Shop;

beforeAll(async () => {
  app = await startApp();
  shop = await givenShop(app);
});

afterAll(async () => {
  await endAll();
  await app.close();
});

function eventsAbout(subjectId: string) {
  return app.database.prisma.event.findMany({
    where: { storeId: shop.storeId, subjectId },
    orderBy: [{ occurredAt: 'asc' }, { id: 'asc' }],
  });
}

describe('an event', () => {
  it('tells what happened, who did it in which request, and keeps what tells of a person apart', async () => {
    const email = uniqueEmail();
    const answer = await app.http
      .post('/v2/customers')
      .set(await shop.service())
      .set('x-request-id', 'the-request-7')
      .send({ data: { type: 'customer', name: 'Ann Example', email } })
      .expect(201);
    const { id } = (answer.body as { data: { id: string } }).data;

    const [event, ...others] = await eventsAbout(id);

    expect(others).toEqual([]);
    expect(event).toEqual({
      storeId: shop.storeId,
      id: expect.any(String),
      position: null,
      type: 'customer_created',
      version: 1,
      occurredAt: expect.any(Date),
      actorType: 'application_key',
      actorId: shop.key.keyId,
      subjectType: 'customer',
      subjectId: id,
      requestId: 'the-request-7',
      outcome: 'succeeded',
      reason: null,
      occurrences: 1,
      data: {},
      personal: { salt: expect.stringMatching(/^[\w-]{22}$/), members: { email, client_address: '127.0.0.1' } },
      personalHash: expect.any(Uint8Array),
    });
    expect(event?.personalHash).toEqual(hashOf(event?.personal as unknown as PersonalPart));
    const { personal: _, personalHash, ...rest } = event ?? {};
    const plain = JSON.stringify(rest, (_name, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
    expect(plain).not.toContain(email);
    expect(personalHash).not.toEqual(new Uint8Array(32));
  });

  it('names the customer as the one who acts, where a customer token came', async () => {
    const ann = await shop.customer();
    await app.http
      .put(`/v2/customers/${ann.id}`)
      .set(await shop.as(ann))
      .send({ data: { password: 'a new password' } })
      .expect(200);

    const told = (await eventsAbout(ann.id)).map(({ type, actorType, actorId }) => [type, actorType, actorId]);

    expect(told).toEqual([
      ['customer_created', 'application_key', shop.key.keyId],
      ['login_succeeded', 'application_key', shop.key.keyId],
      ['customer_changed', 'customer', ann.id],
      ['customer_password_changed', 'customer', ann.id],
      ['customer_tokens_revoked', 'customer', ann.id],
    ]);
  });

  it('is not there when the change is undone', async () => {
    const ann = await shop.customer();
    const before = await eventsAbout(ann.id);
    const failing = app.database.write(systemOf(shop.storeId), async (tx) => {
      tx.record({ type: 'customer_deleted', subjectId: ann.id });
      await tx.customerToken.deleteMany({ where: { storeId: shop.storeId } });
      throw new Error('undone');
    });

    await expect(failing).rejects.toThrow('undone');

    expect(await eventsAbout(ann.id)).toEqual(before);
  });

  it(
    'is not there, nor is the change, when the process is killed between the two; one that was answered is',
    async () => {
      const { origin, process } = await followSecondProcess(app);
      const ann = await shop.customer();
      const headers = { ...(await shop.service()), 'content-type': 'application/json' };
      const put = (name: string) =>
        fetch(`${origin}/v2/customers/${ann.id}`, { method: 'PUT', headers, body: JSON.stringify({ data: { name } }) });
      expect((await put('Answered')).status).toBe(200);

      await withClient(app.config.databaseUrl, async (client) => {
        await client.query('BEGIN');
        // The last statement of a write waits here: the change is made, and neither its event nor the commit.
        await client.query('SELECT 1 FROM application_keys WHERE store_id = $1 AND id = $2 FOR UPDATE', [
          shop.storeId,
          shop.key.keyId,
        ]);
        const cut = put('Never answered').catch((cause: unknown) => cause);
        await until(async () => ((await waitersFor(client)) > 0 ? true : null));
        await process.stop('SIGKILL');
        await cut;
        await client.query('COMMIT');
      });

      const row = await app.database.prisma.customer.findFirstOrThrow({
        where: { storeId: shop.storeId, id: ann.id },
      });
      expect(row.name).toBe('Answered');
      expect((await eventsAbout(ann.id)).map(({ type }) => type)).toEqual(['customer_created', 'customer_changed']);
    },
    PATIENCE_MS,
  );

  it('is written by a login in the very statement that makes its token', async () => {
    const ann = await shop.customer();
    await app.database.pool.query(
      `CREATE FUNCTION no_events() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no events'; END $$`,
    );
    await app.database.pool.query(
      'CREATE TRIGGER no_events BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION no_events()',
    );
    try {
      await app.http
        .post('/v2/customers/tokens')
        .set(await shop.implicit())
        .send({ data: { type: 'token', email: ann.email, password: ann.password } })
        .expect(500);
    } finally {
      await app.database.pool.query('DROP FUNCTION no_events() CASCADE');
    }
    expect(
      await app.database.prisma.customerToken.count({ where: { storeId: shop.storeId, customerId: ann.id } }),
    ).toBe(0);
  });
});

describe('a transaction', () => {
  it.each<[string, () => Promise<unknown>]>([
    ['a hash', () => app.nest.get(PasswordHasher).hash('a password')],
    ['a call to another service', () => app.nest.get(Outbound).request('https://login.example', { method: 'GET' })],
  ])('takes no slow work: %s fails in it', async (what, work) => {
    const written = app.database.write(operatorOf(shop.storeId), async () => work());

    await expect(written).rejects.toThrow(`${what} inside a transaction`);
  });

  it('runs what is to follow its commit once it is committed, and also when that is not known', async () => {
    const followed: string[] = [];
    await app.database.write(systemOf(shop.storeId), async (tx) => {
      tx.afterCommit(() => followed.push('committed'));
      expect(followed).toEqual([]);
    });
    const failing = app.database.write(systemOf(shop.storeId), async (tx) => {
      tx.afterCommit(() => followed.push('perhaps'));
      throw new Error('the answer was lost');
    });
    await expect(failing).rejects.toThrow('the answer was lost');

    expect(followed).toEqual(['committed', 'perhaps']);
  });

  it('leaves an event of addresses and orders, too', async () => {
    const ann = await shop.customer();
    const { id } = await shop.address(ann);
    const own = await shop.as(ann);
    await app.http
      .put(`/v2/customers/${ann.id}/addresses/${id}`)
      .set(own)
      .send({ data: { ...addressMembers } })
      .expect(200);
    await app.http.delete(`/v2/customers/${ann.id}/addresses/${id}`).set(own).expect(204);

    const told = (await eventsAbout(id)).map(({ type, data }) => [type, data]);

    expect(told).toEqual([
      ['address_created', { customer_id: ann.id }],
      ['address_changed', { customer_id: ann.id }],
      ['address_deleted', { customer_id: ann.id }],
    ]);
  });
});
