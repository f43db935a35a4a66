import { createRequire } from 'node:module';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from './harness/app.js';
import { Browser } from './harness/browser.js';
import { HostileProvider } from './harness/identity-provider/hostile.js';
import { givenSignIn, type SignIn } from './harness/identity-provider/sign-in.js';
import { addressMembers, givenShop, type Shop, uniqueEmail } from './harness/shop.js';

interface Resource {
  readonly id: string;
  readonly [member: string]: unknown;
}
interface Wrapped {
  readonly data: Resource;
  readonly links: Readonly<Record<string, string>>;
  readonly included: Readonly<Record<string, Resource[]>>;
}
interface WrappedList {
  readonly data: Resource[];
  readonly links: Readonly<Record<string, string | null>>;
  readonly meta: { readonly results: { readonly total: number }; readonly page: Readonly<Record<string, number>> };
  readonly included: Readonly<Record<string, Resource[]>>;
}

/** An endpoint of the SDK, as far as the three versions have it in common. */
interface Endpoint {
  All(...args: unknown[]): Promise<WrappedList>;
  Get(...args: unknown[]): Promise<Wrapped>;
  Create(...args: unknown[]): Promise<Wrapped>;
  Update(...args: unknown[]): Promise<Wrapped>;
  Delete(...args: unknown[]): Promise<unknown>;
  Attributes(token?: string): Promise<{ readonly data: { readonly value: string }[] }>;
  Filter(filter: object): this;
  Sort(sort: string): this;
  Limit(limit: number): this;
  Offset(offset: number): this;
  With(include: string): this;
}
interface Sdk {
  Customers: Endpoint & Record<'Token' | 'TokenViaPassword' | 'TokenViaOIDC', (...args: string[]) => Promise<Wrapped>>;
  /** Called `Addresses` at first. */
  CustomerAddresses?: Endpoint;
  Addresses?: Endpoint;
  Orders: Endpoint & { Items(id: string): Promise<WrappedList>; anonymize?(body: object): Promise<WrappedList> };
  AuthenticationSettings: Pick<Endpoint, 'Get'>;
  AuthenticationRealm: Endpoint;
  OidcProfile: Endpoint;
  UserAuthenticationInfo?: Endpoint;
}
interface SdkPackage {
  gateway: (this: void, options: object) => Sdk;
  MemoryStorageFactory: new () => object;
}

const load = createRequire(import.meta.url) as (name: string) => unknown;
const PASSWORD = 'correct horse battery';

/** Three generations of the vendor's JavaScript SDK run one script, unchanged but for the host, over real HTTP. */
describe.each([
  ['6.3.0', 'moltin-sdk-6'],
  ['18.2.1', 'moltin-sdk-18'],
  ['36.0.0', '@moltin/sdk'],
])('@moltin/sdk %s', (_, packageName) => {
  const { gateway, MemoryStorageFactory } = load(packageName) as SdkPackage;
  let app: TestApp;
  let shop: Shop;
  let provider: HostileProvider;
  let signIn: SignIn;
  const requests: string[] = [];

  beforeAll(async () => {
    app = await startApp({ tokenSigningAlg: 'ES256' });
    const { server }: FastifyInstance = app.nest.getHttpAdapter().getInstance();
    server.on('request', (request) => requests.push(`${request.method} ${request.url}`));
    provider = await HostileProvider.start(app.clock, { alg: 'ES256' });
  });
  beforeEach(async () => {
    shop = await givenShop(app);
    signIn = await givenSignIn(shop, provider);
    requests.length = 0;
  });
  afterAll(async () => {
    await provider.stop();
    await app.close();
  });

  function client(secret?: string): Sdk {
    return gateway({
      client_id: shop.key.clientId,
      ...(secret === undefined ? {} : { client_secret: secret }),
      host: new URL(app.origin).host,
      protocol: 'http',
      storage: new MemoryStorageFactory(),
    });
  }
  const storefront = () => client();
  const backEnd = () => client(shop.key.clientSecret);

  async function givenOrder(customerId: string, members: object = {}): Promise<string> {
    const unitPrice = { amount: 350_000, currency: 'USD', includes_tax: false };
    const item = { type: 'order_item', name: 'Gas Range', sku: 'GR-1', quantity: 1, unit_price: unitPrice };
    const data = { type: 'order', customer: { id: customerId }, ...members, included: { items: [item] } };
    const answer = await app.http
      .post('/v2/orders')
      .set(await shop.service())
      .send({ data })
      .expect(201);
    return (answer.body as Wrapped).data.id;
  }

  it('registers a customer, logs in by password in both ways, and keeps the own profile', async () => {
    const sdk = storefront();
    const email = uniqueEmail();
    const registered = { type: 'customer', name: 'Ron Swanson', email, password: PASSWORD };
    const created = await sdk.Customers.Create(registered);
    const { id } = created.data;
    const first = await sdk.Customers.Token(email, PASSWORD);
    const second = await sdk.Customers.TokenViaPassword(email, PASSWORD);
    expect([first.data['customer_id'], second.data['customer_id']]).toEqual([id, id]);

    const token = String(second.data['token']);
    expect(await sdk.Customers.Get(id, token)).toEqual(created);
    expect((await sdk.Customers.All(token)).data).toEqual([created.data]);
    const updated = await sdk.Customers.Update(id, { name: 'Ron U. Swanson' }, token);
    expect(updated.data).toMatchObject({ id, name: 'Ron U. Swanson', email });
  });

  it('logs a customer in by a code of single sign-on', async () => {
    provider.person = { sub: 'ada', email: uniqueEmail(), email_verified: true, name: 'Ada Example' };
    const { parameters, verifier } = await signIn.through(new Browser(app));
    const sdk = storefront();

    const answer = await sdk.Customers.TokenViaOIDC(parameters['code'] ?? '', signIn.redirectUri, verifier);

    const [id, token] = [String(answer.data['customer_id']), String(answer.data['token'])];
    const read = await sdk.Customers.Get(id, token);
    expect(read.data).toMatchObject({ id, name: 'Ada Example', authentication_mechanism: 'oidc' });
  });

  it('finds customers by filter and sort, page by page, in its own raw spelling', async () => {
    const names = ['Ada Swan', 'Ben Swanson', 'Cleo Crane'];
    for (const name of names) await shop.customer({ name, email: `${name.split(' ')[0]}+1@birds.example.test` });
    // An endpoint of the SDK keeps what it was told: each question has one of its own.
    const customers = () => backEnd().Customers;

    const found = await customers()
      .Filter({ like: { name: '*swan*' } })
      .Sort('name')
      .Limit(1)
      .Offset(1)
      .All();

    expect(found.data.map(({ name }) => name)).toEqual(['Ben Swanson']);
    expect(found.meta).toMatchObject({ page: { limit: 1, offset: 1, current: 2, total: 2 }, results: { total: 2 } });
    const exact = await customers()
      .Filter({ eq: { email: 'cleo+1@birds.example.test' } })
      .All();
    expect(exact.data.map(({ name }) => name)).toEqual(['Cleo Crane']);
    const domain = await customers()
      .Filter({ like: { email: '*@birds.example.test' } })
      .Sort('-name')
      .All();
    expect(domain.data.map(({ name }) => name)).toEqual(names.toReversed());
    await expect(
      customers()
        .Filter({ eq: { password_hash: 'x' } })
        .All(),
    ).rejects.toMatchObject({
      errors: [{ status: 400, code: 'filter_unsupported' }],
    });
  });

  it('keeps an address book: add, read, list, change, delete', async () => {
    const sdk = storefront();
    const ann = await shop.customer();
    const { token } = await shop.login(ann);
    const addresses = sdk.CustomerAddresses ?? sdk.Addresses;
    if (addresses === undefined) throw new Error('this version has no addresses');
    const body = { ...addressMembers, id: '', line_2: '', name: 'Home' };

    const added = await addresses.Create({ customer: ann.id, body, token });
    const place = { customer: ann.id, address: added.data.id, token };
    expect(await addresses.Get(place)).toEqual(added);
    expect((await addresses.All({ customer: ann.id, token })).data).toEqual([added.data]);
    const changed = await addresses.Update({ ...place, body: { name: 'Work', phone_number: '123' } });
    expect(changed.data).toMatchObject({ id: added.data.id, name: 'Work', phone_number: '123' });
    expect(await addresses.Delete(place)).toBe('{}');
    expect((await addresses.All({ customer: ann.id, token })).data).toEqual([]);
  });

  it('reads the own orders by filter, sort, page and include, and their items', async () => {
    const [ann, bob] = [await shop.customer(), await shop.customer()];
    const open = await givenOrder(ann.id, { status: 'processing' });
    const done = await givenOrder(ann.id, { status: 'complete', payment: 'paid' });
    await givenOrder(bob.id, { status: 'complete' });
    const { token } = await shop.login(ann);
    const sdk = storefront();

    const all = await sdk.Orders.Sort('-created_at').Limit(10).Offset(0).With('items,customer').All(token);
    expect(all.data.map(({ id }) => id).sort()).toEqual([open, done].sort());
    expect(all.included['items']).toHaveLength(2);
    expect(all.included['customer']).toMatchObject([{ id: ann.id }]);
    const complete = await sdk.Orders.Filter({ eq: { status: 'complete' } }).All(token);
    expect(complete.data.map(({ id }) => id)).toEqual([done]);
    const read = await sdk.Orders.With('items').Get(open, token);
    expect(read.included['items']).toMatchObject([{ type: 'order_item', sku: 'GR-1' }]);
    const items = await backEnd().Orders.Items(open);
    expect(items.data).toMatchObject([{ type: 'order_item', sku: 'GR-1' }]);
  });

  it('changes and anonymizes orders from a back end', async () => {
    const ann = await shop.customer();
    const order = await givenOrder(ann.id, { payment: 'paid' });
    const sdk = backEnd();

    const updated = await sdk.Orders.Update(order, { status: 'complete', shipping: 'fulfilled' });
    expect(updated.data).toMatchObject({ id: order, status: 'complete', shipping: 'fulfilled', payment: 'paid' });
    if (sdk.Orders.anonymize === undefined) return;
    const anonymized = await sdk.Orders.anonymize({ order_ids: [order] });
    expect(anonymized.data).toMatchObject([{ id: order, anonymized: true, customer: { name: '**', email: '**' } }]);
  });

  it('sets up single sign-on: settings, realm, profiles, users', async () => {
    const sdk = backEnd();
    const settings = await sdk.AuthenticationSettings.Get();
    expect(settings.data).toMatchObject({ id: shop.storeId, meta: { client_id: 'customers' } });
    const realms = await sdk.AuthenticationRealm.All();
    const realmId = realms.data[0]?.id ?? '';
    expect((await sdk.AuthenticationRealm.Get({ realmId })).data).toMatchObject({ duplicate_email_policy: 'allowed' });
    const change = { redirect_uris: [signIn.redirectUri], duplicate_email_policy: 'api_only' };
    expect((await sdk.AuthenticationRealm.Update(realmId, change)).data).toMatchObject(change);

    const data = {
      type: 'oidc-profile',
      name: 'Second',
      discovery_url: provider.discoveryUrl,
      client_id: provider.clientId,
      client_secret: provider.clientSecret,
    };
    const made = await sdk.OidcProfile.Create(realmId, { data });
    expect(made.links['authorization-endpoint']).toContain(made.data.id);
    const place = { realmId, profileId: made.data.id };
    expect((await sdk.OidcProfile.Get(place)).data).toEqual(made.data);
    const renamed = await sdk.OidcProfile.Update(realmId, made.data.id, { data: { ...data, name: 'Renamed' } });
    expect(renamed.data).toMatchObject({ id: made.data.id, name: 'Renamed' });
    expect((await sdk.OidcProfile.All(realmId)).data.map(({ name }) => name)).toEqual(['Test provider', 'Renamed']);
    expect(await sdk.OidcProfile.Delete(realmId, made.data.id)).toBe('{}');

    if (sdk.UserAuthenticationInfo === undefined) return;
    const email = uniqueEmail();
    const user = { type: 'user_authentication_info', name: 'Una User', email };
    const announced = await sdk.UserAuthenticationInfo.Create(realmId, { data: user });
    expect(announced.data).toMatchObject({ name: 'Una User', email });
    expect((await sdk.UserAuthenticationInfo.Get(realmId, announced.data.id)).data).toEqual(announced.data);
    expect((await sdk.UserAuthenticationInfo.All(realmId)).data).toHaveLength(1);
    const naming = { data: { ...user, given_name: 'Una' } };
    const named = await sdk.UserAuthenticationInfo.Update(realmId, announced.data.id, naming);
    expect(named.data).toMatchObject({ id: announced.data.id, given_name: 'Una' });
    expect(await sdk.UserAuthenticationInfo.Delete(realmId, announced.data.id)).toBe('{}');
  });

  it('reads the members of customers, addresses and orders', async () => {
    const sdk = backEnd();
    const addresses = sdk.CustomerAddresses ?? sdk.Addresses;
    const names = async (endpoint: Pick<Endpoint, 'Attributes'> | undefined) =>
      (await endpoint?.Attributes())?.data.map(({ value }) => value);
    expect(await names(sdk.Customers)).toContain('email');
    expect(await names(addresses)).toContain('postcode');
    expect(await names(sdk.Orders)).toContain('order_number');
  });

  it('deletes a customer from a back end, and then finds none', async () => {
    const sdk = backEnd();
    const ann = await shop.customer();
    expect(await sdk.Customers.Delete(ann.id)).toBe('{}');
    await expect(sdk.Customers.Get(ann.id)).rejects.toMatchObject({
      errors: [{ status: 404, code: 'customer_not_found' }],
    });
  });
});
