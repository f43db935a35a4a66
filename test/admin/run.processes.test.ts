import supertest, { type Response } from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addressMembers } from '../harness/shop.js';
import {
  endAll,
  preparedDataDir,
  READY,
  type ServiceProcess,
  startProcess,
  until,
} from '../harness/service-process.js';
import { orderBody } from '../harness/two-stores.js';
import { adminProcess, answerOf, type NewStore } from './operator.js';

/** The promise about the reach of a change. */
const REACH_MS = 1_000;
const EMAIL = 'ann@example.test';

type Headers = Record<string, string>;

/** A running `npm start` with its embedded database, and the command beside it. */
let service: ServiceProcess;
let http: ReturnType<typeof supertest>;
let environment: Record<string, string>;
const secrets: string[] = [];

beforeAll(async () => {
  const dataDir = await preparedDataDir();
  service = startProcess({ through: 'launcher', env: { DATA_DIR: dataDir, LOG_LEVEL: 'debug' } });
  await service.shows(READY);
  http = supertest(/base URL +(\S+)/.exec(service.stdout)?.[1] ?? '');
  environment = { DATA_DIR: dataDir };
});
afterAll(endAll);

/** By a process of its own, as an operator does. */
async function command<Answer>(...args: string[]): Promise<Answer> {
  const { code, out, err } = await adminProcess(environment, ...args, '--json');
  expect([code, err]).toEqual([0, '']);
  return JSON.parse(out) as Answer;
}

/** The same commands in this process, which does not have to start for each. */
function given<Answer>(...args: string[]): Promise<Answer> {
  return answerOf<Answer>(environment, ...args);
}

type KeyAnswer = Pick<NewStore, 'application_key'>;

async function token(key: NewStore['application_key'], grant: 'implicit' | 'client_credentials'): Promise<Headers> {
  const form = { grant_type: grant, client_id: key.client_id };
  const secret = grant === 'implicit' ? {} : { client_secret: key.client_secret };
  const { status, body } = await http
    .post('/oauth/access_token')
    .type('form')
    .send({ ...form, ...secret });
  expect(status).toBe(200);
  return { authorization: `Bearer ${(body as { access_token: string }).access_token}` };
}

const idOf = ({ body }: Response) => (body as { data: { id: string } }).data.id;

interface StoreWithShop {
  readonly name: string;
  readonly admin: NewStore['application_key'];
  readonly back: Headers;
  readonly front: Headers;
}

async function givenStore(handle: string): Promise<StoreWithShop> {
  const { application_key: key } = await given<NewStore>('store', 'create', handle);
  // Both stores call theirs the same.
  const create = ['key', 'create', handle, '--name', 'Web shop', '--preset', 'storefront'];
  const { application_key: storefront } = await given<KeyAnswer>(...create);
  secrets.push(key.client_secret, storefront.client_secret);
  return {
    name: handle,
    admin: key,
    back: await token(key, 'client_credentials'),
    front: await token(storefront, 'implicit'),
  };
}

describe('two stores that the command made beside a running service', () => {
  let stores: [StoreWithShop, StoreWithShop];
  beforeAll(async () => {
    stores = [await givenStore('north'), await givenStore('south')];
  });

  it('both have the customer, the address, the order number and the client name of the other, and see their own only', async () => {
    const seen = [];
    for (const { name, back, front } of stores) {
      const customer = await http
        .post('/v2/customers')
        .set(front)
        .send({ data: { name, email: EMAIL, password: `the password of ${name}` } });
      expect(customer.status).toBe(201);
      const login = await http
        .post('/v2/customers/tokens')
        .set(front)
        .send({ data: { email: EMAIL, password: `the password of ${name}` } });
      expect(login.status).toBe(200);
      const { token: customerToken } = (login.body as { data: { token: string } }).data;
      const ann = { ...front, 'x-moltin-customer-token': customerToken };
      const path = `/v2/customers/${idOf(customer)}/addresses`;
      expect(
        (
          await http
            .post(path)
            .set(ann)
            .send({ data: { ...addressMembers, name } })
        ).status,
      ).toBe(201);
      const { data } = orderBody(idOf(customer));
      const order = await http
        .post('/v2/orders')
        .set(back)
        .send({ data: { ...data, order_number: '1042' } });
      expect(order.status).toBe(201);
      seen.push({ back, ann, customerId: idOf(customer), orderId: idOf(order), path });
    }

    for (const [at, { back, ann, customerId, orderId }] of seen.entries()) {
      const lists = [
        await http.get('/v2/customers').set(back),
        await http.get('/v2/orders').set(ann),
        await http.get('/v2/application-keys').set(back),
      ].map(({ body }) => (body as { data: Record<string, unknown>[] }).data);
      expect(lists[0]).toMatchObject([{ id: customerId, name: stores[at]?.name, email: EMAIL }]);
      expect(lists[1]).toMatchObject([{ id: orderId, order_number: '1042' }]);
      expect(lists[2]?.map(({ name }) => name)).toEqual(['Administration', 'Web shop']);
      const other = seen[1 - at];
      for (const path of [`/v2/customers/${other?.customerId}`, `/v2/orders/${other?.orderId}`, other?.path ?? '']) {
        expect((await http.get(path).set(back)).status).toBe(404);
      }
      // A token of a customer is one of its store only.
      const crossed = { ...ann, authorization: stores[at === 0 ? 1 : 0].front['authorization'] ?? '' };
      expect((await http.get('/v2/orders').set(crossed)).status).toBe(403);
    }
    const [{ front }] = stores;
    const login = await http
      .post('/v2/customers/tokens')
      .set(front)
      .send({ data: { email: EMAIL, password: 'the password of south' } });
    expect(login.status).toBe(404);
  });

  it('have settings of their own, which the service follows within a second', async () => {
    const [north, south] = stores;
    const settings = (headers: Headers) => Promise.resolve(http.get('/v2/settings/store').set(headers));
    expect((await settings(north.back)).body).toMatchObject({ data: { page_length: 25 } });
    await command('store', 'settings', 'north', '--page-length', '9');
    const changed = Date.now();

    await soon(changed, async () => {
      const { body } = await settings(north.back);
      return (body as { data: { page_length: number } }).data.page_length === 9;
    });
    expect((await settings(south.back)).body).toMatchObject({ data: { page_length: 25 } });
  });

  it('lose a key that the command deletes, and a secret that it replaces, within a second', async () => {
    const create = ['key', 'create', 'south', '--name', 'Order bus', '--preset', 'orders'];
    const { application_key: key } = await given<KeyAnswer>(...create);
    const headers = await token(key, 'client_credentials');
    expect((await http.get('/v2/orders').set(headers)).status).toBe(200);

    const { application_key: rotated } = await command<KeyAnswer>('key', 'rotate', 'south', key.client_id);
    const replaced = Date.now();
    secrets.push(key.client_secret, rotated.client_secret);
    const form = { grant_type: 'client_credentials', client_id: key.client_id };
    const issue = (client_secret: string) =>
      http
        .post('/oauth/access_token')
        .type('form')
        .send({ ...form, client_secret });
    await soon(replaced, async () => (await issue(key.client_secret)).status === 401);
    expect((await issue(rotated.client_secret)).status).toBe(200);

    await given('key', 'delete', 'south', key.client_id);
    const deleted = Date.now();
    await soon(deleted, async () => (await http.get('/v2/orders').set(headers)).status === 401);
    expect((await http.get('/v2/orders').set(stores[1].back)).status).toBe(200);
  });

  it('leave no secret in anything that the service writes', () => {
    expect(service.stdout).toContain('"route":"/v2/application-keys"');
    expect(secrets).toHaveLength(6);
    for (const secret of secrets) expect(`${service.stdout}${service.stderr}`).not.toContain(secret);
  });

  it('are out of reach when the service has stopped: one line says what to do, exit code 1', async () => {
    await service.stop();
    expect(await adminProcess(environment, 'store', 'list')).toEqual({
      code: 1,
      out: '',
      err: `No database: set DATABASE_URL, or run \`npm start\` in another terminal (nothing runs on DATA_DIR ${environment['DATA_DIR']})\n`,
    });
  });
});

/** No request that was sent a second after `since` may still see it otherwise. */
async function soon(since: number, isSo: () => Promise<boolean>): Promise<void> {
  let stillOther = since;
  await until(async () => {
    const asked = Date.now();
    if (await isSo()) return true;
    stillOther = asked;
    return null;
  });
  expect(stillOther - since).toBeLessThanOrEqual(REACH_MS);
}
