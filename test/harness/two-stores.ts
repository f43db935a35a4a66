import type { AddressResource } from '../../src/addresses/addresses.contract.js';
import type { ApplicationKeyResource } from '../../src/application-keys/application-keys.contract.js';
import type { CustomerResource } from '../../src/customers/customers.contract.js';
import type { IdentityResource } from '../../src/identities/user-authentication-oidc-profile-info.contract.js';
import type { UserResource } from '../../src/identities/user-authentication-info.contract.js';
import type { OrderItemResource } from '../../src/orders/order-items.contract.js';
import type { OrderResource } from '../../src/orders/orders.contract.js';
import type { OidcProfileResource } from '../../src/realms/oidc-profiles.contract.js';
import { type RealmResource, toRealmResource } from '../../src/realms/realms.contract.js';
import type { TestApp } from './app.js';
import { type DiscoveryServer, startDiscoveryServer } from './discovery-server.js';
import { givenIdentity, givenProfile, givenRealm, givenUser } from './given-realm.js';
import { givenShop, type Shop, type TestCustomer } from './shop.js';

export type Headers = Readonly<Record<string, string>>;

/** Where the customers of a store log in by single sign-on, and the keys that its callers have. */
interface SignOn {
  readonly realm: RealmResource;
  readonly profile: OidcProfileResource;
  readonly keys: readonly ApplicationKeyResource[];
}

/** A customer with everything that a customer can have, each as its answer shows it, and where the customer may sign in. */
export interface Person extends SignOn {
  readonly storeId: string;
  readonly customer: TestCustomer;
  readonly resource: CustomerResource;
  readonly address: AddressResource;
  readonly order: OrderResource;
  readonly items: OrderItemResource[];
  readonly user: UserResource;
  readonly identity: IdentityResource;
  /** A customer token. */
  readonly token: string;
}

export interface TwoStores {
  readonly shop: Shop;
  readonly ann: Person;
  readonly bob: Person;
  readonly otherShop: Shop;
  readonly cleo: Person;
  /** The providers of all profiles. */
  readonly providers: DiscoveryServer;
}

/** Where storefronts of both stores wait for their customers. */
export const REDIRECT_URI = 'https://shop.example.test/oidc';

/**
 * Two stores, the first with two customers and the second with one; every resource exists in both. Cleo of the second has the
 * email of Ann of the first. The providers are stopped by whoever asked for all this.
 */
export async function givenTwoStores(app: TestApp): Promise<TwoStores> {
  const shop = await givenShop(app);
  const otherShop = await givenShop(app);
  const providers = await startDiscoveryServer();
  const signOn = await givenSignOn(shop, providers);
  const ann = await givenPerson(shop, signOn, { name: 'Ann' });
  const bob = await givenPerson(shop, signOn, { name: 'Bob' });
  const { email } = ann.customer;
  const theirSignOn = await givenSignOn(otherShop, providers);
  const cleo = await givenPerson(otherShop, theirSignOn, { name: 'Cleo', email, password: 'a password of her own' });
  return { shop, ann, bob, otherShop, cleo, providers };
}

async function givenSignOn(shop: Shop, providers: DiscoveryServer): Promise<SignOn> {
  const realm = toRealmResource(await givenRealm(shop, { redirectUris: [REDIRECT_URI] }));
  const profile = await givenProfile(shop, realm.id, providers.discoveryUrl('honest'));
  return { realm, profile, keys: await givenKeys(shop) };
}

/** The key that the store's requests come with, and one that no request comes with. */
async function givenKeys(shop: Shop): Promise<ApplicationKeyResource[]> {
  await shop.otherKey({ grants: ['implicit'], permissions: ['customers:register'] });
  const answer = await shop.app.http
    .get('/v2/application-keys')
    .set(await shop.service())
    .expect(200);
  return (answer.body as { data: ApplicationKeyResource[] }).data;
}

async function givenPerson(
  shop: Shop,
  signOn: SignOn,
  members: { name: string; email?: string; password?: string },
): Promise<Person> {
  const { realm, profile } = signOn;
  const customer = await shop.customer(members);
  const service = await shop.service();
  const resource = await shop.app.http.get(`/v2/customers/${customer.id}`).set(service).expect(200);
  const order = await shop.app.http.post('/v2/orders').set(service).send(orderBody(customer.id)).expect(201);
  const user = await givenUser(shop, realm.id, customer);
  // The same person at the provider of both stores.
  const identityMembers = { subject: members.name.replace('Cleo', 'Ann'), oidc_profile_id: profile.id };
  const { data, included } = order.body as { data: OrderResource; included: { items: OrderItemResource[] } };
  return {
    ...signOn,
    storeId: shop.storeId,
    customer,
    resource: (resource.body as { data: CustomerResource }).data,
    address: await shop.address(customer, { first_name: members.name }),
    order: data,
    items: included.items,
    user,
    identity: await givenIdentity(shop, realm.id, user.id, identityMembers),
    token: (await shop.login(customer)).token,
  };
}

/** An order of one item that belongs to this customer, in a state in which it may be anonymized. */
export function orderBody(customerId: string) {
  const unit_price = { amount: 1_000, currency: 'USD', includes_tax: true };
  const items = [{ type: 'order_item', name: 'Gas Range', sku: 'GR-1', quantity: 1, unit_price }];
  return { data: { type: 'order', status: 'cancelled', customer: { id: customerId }, included: { items } } };
}

/** With what a request may come. "Own" means the person whom the request is about: Ann of the first store. */
export const credentials = [
  'no token',
  'implicit',
  'implicit, own customer',
  'implicit, other customer',
  'other store, implicit',
  'other store, implicit, its customer',
  'other store, implicit, own customer',
  'other store, service',
  'other store, service, its customer',
  'other store, service, own customer',
  'service',
  'service, own customer',
  'service, other customer',
] as const;
export type Credentials = (typeof credentials)[number];

/** Access tokens of both stores, each with the customer tokens that the names of the credentials say. */
export async function headersOf({ shop, otherShop, ann, bob, cleo }: TwoStores): Promise<Record<Credentials, Headers>> {
  const token = (person: Person) => ({ 'x-moltin-customer-token': person.token });
  const [implicit, service] = [await shop.implicit(), await shop.service()];
  const [theirImplicit, theirService] = [await otherShop.implicit(), await otherShop.service()];
  return {
    'no token': {},
    implicit,
    'implicit, own customer': { ...implicit, ...token(ann) },
    'implicit, other customer': { ...implicit, ...token(bob) },
    'other store, implicit': theirImplicit,
    'other store, implicit, its customer': { ...theirImplicit, ...token(cleo) },
    'other store, implicit, own customer': { ...theirImplicit, ...token(ann) },
    'other store, service': theirService,
    'other store, service, its customer': { ...theirService, ...token(cleo) },
    'other store, service, own customer': { ...theirService, ...token(ann) },
    service,
    'service, own customer': { ...service, ...token(ann) },
    'service, other customer': { ...service, ...token(bob) },
  };
}
