import { gateway, MemoryStorageFactory } from '@moltin/sdk';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from './harness/app.js';
import { Browser } from './harness/browser.js';
import { HostileProvider } from './harness/identity-provider/hostile.js';
import { givenSignIn } from './harness/identity-provider/sign-in.js';
import { addressMembers, givenShop, type Shop, uniqueEmail } from './harness/shop.js';

const PASSWORD = 'correct horse battery';

/** A wrapped answer, as far as these tests read it; the SDK's own types describe the vendor's service. */
interface Wrapped {
  data: Record<string, unknown>;
}
interface WrappedList {
  data: Record<string, unknown>[];
  meta: { results: { total: number } };
}

/** The vendor's JavaScript SDK, unchanged but for the host, against the service over real HTTP. */
describe('@moltin/sdk 36', () => {
  let app: TestApp;
  let shop: Shop;
  const requests: string[] = [];

  beforeAll(async () => {
    app = await startApp();
    shop = await givenShop(app);
    const { server }: FastifyInstance = app.nest.getHttpAdapter().getInstance();
    server.on('request', (request) => requests.push(`${request.method} ${request.url}`));
  });

  afterAll(() => app.close());

  /** @param secret with it the SDK asks for client credentials, without it for an implicit token */
  function client(secret?: string) {
    const options = {
      client_id: shop.key.clientId,
      ...(secret === undefined ? {} : { client_secret: secret }),
      host: new URL(app.origin).host,
      // The SDK reads it, its types do not name it.
      protocol: 'http',
      storage: new MemoryStorageFactory(),
    };
    return gateway(options);
  }

  const storefront = () => client();
  const backEnd = () => client(shop.key.clientSecret);

  it('Authenticate gets an implicit token without a secret and client credentials with one', async () => {
    const now = Math.floor(Date.now() / 1000);
    for (const [sdk, identifier] of [
      [storefront(), 'implicit'],
      [backEnd(), 'client_credentials'],
    ] as const) {
      const answer = (await sdk.Authenticate()) as unknown as Record<string, unknown>;
      expect(answer).toEqual({
        access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/) as string,
        token_type: 'Bearer',
        identifier,
        expires_in: 3600,
        expires: expect.any(Number) as number,
      });
      expect(answer['expires']).toBeGreaterThanOrEqual(now + 3600);
    }
  });

  it('a storefront registers, logs in by both calls, and reads, lists and changes its own customer', async () => {
    const sdk = storefront();
    const email = uniqueEmail();
    const created = (await sdk.Customers.Create({
      type: 'customer',
      name: 'Ron Swanson',
      email,
      password: PASSWORD,
    })) as unknown as Wrapped;
    expect(created.data).toMatchObject({ type: 'customer', name: 'Ron Swanson', email, password: true });
    const id = created.data['id'] as string;

    const token = (await sdk.Customers.Token(email, PASSWORD)) as unknown as Wrapped;
    expect(token.data).toMatchObject({ type: 'token', customer_id: id });
    const other = (await sdk.Customers.TokenViaPassword(email.toUpperCase(), PASSWORD)) as unknown as Wrapped;
    expect(other.data['id']).not.toBe(token.data['id']);
    const customerToken = token.data['token'] as string;

    const read = (await sdk.Customers.Get(id, customerToken)) as unknown as Wrapped;
    expect(read).toEqual(created);
    const listed = (await sdk.Customers.All(customerToken)) as unknown as WrappedList;
    expect(listed.data).toEqual([created.data]);
    expect(listed.meta.results.total).toBe(1);

    const update = { name: 'Ron U. Swanson' } as Parameters<typeof sdk.Customers.Update>[1];
    const updated = (await sdk.Customers.Update(id, update, customerToken)) as unknown as Wrapped;
    expect(updated.data).toMatchObject({ id, name: 'Ron U. Swanson', email });
  });

  it('a back end reads and deletes a customer, and then finds none', async () => {
    const sdk = backEnd();
    const ann = await shop.customer();

    const read = (await sdk.Customers.Get(ann.id)) as unknown as Wrapped;
    expect(read.data).toMatchObject({ id: ann.id, email: ann.email });
    // The SDK turns an empty answer into this text.
    expect(await sdk.Customers.Delete(ann.id)).toBe('{}');
    await expect(sdk.Customers.Get(ann.id)).rejects.toMatchObject({
      errors: [{ status: 404, code: 'customer_not_found' }],
    });
  });

  it('a shopper keeps an address book: add, read, list, change, delete', async () => {
    const sdk = storefront();
    const ann = await shop.customer();
    const { token } = await shop.login(ann);
    const body = { ...addressMembers, id: '', line_2: '', name: 'Home' } as never;

    const added = (await sdk.CustomerAddresses.Create({ customer: ann.id, body, token })) as unknown as Wrapped;
    expect(added.data).toMatchObject({ ...addressMembers, name: 'Home', phone_number: '' });
    const address = added.data['id'] as string;
    const place = { customer: ann.id, address, token };

    expect(await sdk.CustomerAddresses.Get(place)).toEqual(added);
    const list = (await sdk.CustomerAddresses.All({ customer: ann.id, token })) as unknown as WrappedList;
    expect(list.data).toEqual([added.data]);
    const change = { name: 'Work', phone_number: '123' } as never;
    const changed = (await sdk.CustomerAddresses.Update({ ...place, body: change })) as unknown as Wrapped;
    expect(changed.data).toMatchObject({ id: address, name: 'Work', phone_number: '123', line_1: '1 Road' });
    expect(await sdk.CustomerAddresses.Delete(place)).toBe('{}');
    const rest = (await sdk.CustomerAddresses.All({ customer: ann.id, token })) as unknown as WrappedList;
    expect(rest.data).toEqual([]);
  });

  it("a shopper lists and reads their own orders with their items, and nobody else's", async () => {
    const sdk = storefront();
    const [ann, bob] = [await shop.customer(), await shop.customer()];
    const { token } = await shop.login(ann);
    const [own, foreign] = [await givenOrder(ann.id), await givenOrder(bob.id)];

    const list = (await sdk.Orders.All(token)) as unknown as WrappedList;
    expect(list.data.map(({ id }) => id)).toEqual([own]);
    const read = (await sdk.Orders.With('items').Get(own, token)) as unknown as Wrapped & {
      included: { items: Record<string, unknown>[] };
    };
    expect(read.data).toMatchObject({ id: own, type: 'order', relationships: { customer: { data: { id: ann.id } } } });
    expect(read.included.items).toMatchObject([{ type: 'order_item', name: 'Gas Range', sku: 'GR-1', quantity: 1 }]);
    await expect(sdk.Orders.Get(foreign, token)).rejects.toMatchObject({ errors: [{ code: 'order_not_found' }] });
  });

  it('a storefront logs a customer in through an OpenID Provider, once per code', async () => {
    const provider = await HostileProvider.start(app.clock, { alg: 'ES256' });
    const email = uniqueEmail();
    provider.person = { sub: 'ada', email, email_verified: true, name: 'Ada Example' };
    const signIn = await givenSignIn(shop, provider);
    const { parameters, verifier } = await signIn.through(new Browser(app));
    const sdk = storefront();
    await sdk.Authenticate();
    requests.length = 0;

    const exchange = () => sdk.Customers.TokenViaOIDC(parameters['code'] ?? '', signIn.redirectUri, verifier);
    const { data } = (await exchange()) as unknown as Wrapped;
    expect(data).toEqual({
      type: 'token',
      id: expect.any(String) as string,
      customer_id: expect.any(String) as string,
      token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/) as string,
      expires: expect.any(Number) as number,
    });
    const [id, token] = [data['customer_id'] as string, data['token'] as string];
    const read = (await sdk.Customers.Get(id, token)) as unknown as Wrapped;
    expect(read.data).toMatchObject({ id, name: 'Ada Example', email, authentication_mechanism: 'oidc' });

    await expect(exchange()).rejects.toMatchObject({ errors: [{ status: 400, code: 'grant_invalid' }] });
    // A client that sends a code twice at once, by mistake, keeps the token of its first use.
    expect((await sdk.Customers.Get(id, token)).data).toMatchObject({ id });
    const path = `/v2/customers/${id}`;
    expect(requests).toEqual(['POST /v2/customers/tokens', `GET ${path}`, 'POST /v2/customers/tokens', `GET ${path}`]);
    await provider.stop();
  });

  it('a wrong password makes exactly one request, as the answer is no 401', async () => {
    const sdk = storefront();
    const ann = await shop.customer();
    await sdk.Authenticate();
    requests.length = 0;

    await expect(sdk.Customers.TokenViaPassword(ann.email, 'not the password')).rejects.toMatchObject({
      errors: [{ status: 404, title: 'Not Found', code: 'credentials_invalid' }],
    });
    expect(requests).toEqual(['POST /v2/customers/tokens']);
  });

  it('a bad customer token and a faulty body make one request each too, and reject with all that is wrong', async () => {
    const sdk = storefront();
    const ann = await shop.customer();
    await sdk.Authenticate();
    requests.length = 0;

    await expect(sdk.Customers.Get(ann.id, 'stale')).rejects.toMatchObject({
      errors: [{ status: 403, code: 'customer_token_invalid' }],
    });
    const nobody = { type: 'customer', name: '', email: 'nobody', password: '' } as const;
    await expect(sdk.Customers.Create(nobody)).rejects.toMatchObject({
      errors: [
        { status: 422, title: 'Failed Validation', detail: 'The data.name field is required.' },
        { status: 422, title: 'Failed Validation', detail: 'The data.email must be a valid email address.' },
      ],
    });
    expect(requests).toEqual([`GET /v2/customers/${ann.id}`, 'POST /v2/customers']);
  });

  it('a back end reads customers page by page, and finds one by an email with a plus in it, written raw', async () => {
    const sdk = backEnd();
    for (let count = 0; count < 3; count += 1) await shop.customer();
    const all = (await sdk.Customers.All()) as unknown as WrappedList;
    const second = (await sdk.Customers.Limit(1).Offset(1).All()) as unknown as WrappedList;
    expect(second).toMatchObject({
      data: [all.data[1]],
      meta: {
        page: { limit: 1, offset: 1, current: 2, total: all.data.length },
        results: { total: all.data.length },
      },
    });
    expect(requests.at(-1)).toBe('GET /v2/customers?page[limit]=1&page[offset]=1');

    const plus = await shop.customer({ email: 'ann+1@example.test' });
    const filter = { eq: { email: plus.email } };
    const found = (await backEnd().Customers.Filter(filter).All()) as unknown as WrappedList;
    expect(found.data.map(({ id }) => id)).toEqual([plus.id]);
    expect(requests.at(-1)).toBe('GET /v2/customers?filter=eq(email,ann+1@example.test)');
  });

  it("a back end changes a customer's password, which ends the tokens of before", async () => {
    const sdk = backEnd();
    const ann = await shop.customer();
    const { token } = await shop.login(ann);
    const update = { password: 'another good password' } as unknown as Parameters<typeof sdk.Customers.Update>[1];
    const updated = (await sdk.Customers.Update(ann.id, update)) as unknown as Wrapped;
    expect(updated.data).toMatchObject({ id: ann.id, password: true });
    await expect(storefront().Customers.Get(ann.id, token)).rejects.toMatchObject({
      errors: [{ status: 403, code: 'customer_token_invalid' }],
    });
    const login = (await storefront().Customers.TokenViaPassword(
      ann.email,
      'another good password',
    )) as unknown as Wrapped;
    expect(login.data).toMatchObject({ customer_id: ann.id });
  });

  async function givenOrder(customerId: string): Promise<string> {
    const item = {
      type: 'order_item',
      name: 'Gas Range',
      sku: 'GR-1',
      quantity: 1,
      unit_price: { amount: 350_000, currency: 'USD', includes_tax: false },
    };
    const answer = await app.http
      .post('/v2/orders')
      .set(await shop.service())
      .send({ data: { type: 'order', customer: { id: customerId }, included: { items: [item] } } })
      .expect(201);
    return (answer.body as { data: { id: string } }).data.id;
  }
});
