import { randomBytes } from 'node:crypto';
import { type DocumentedRoute, documentedRoutes } from '../../../src/openapi/documented-routes.js';
import type { OidcProfileResource } from '../../../src/realms/oidc-profiles.contract.js';
import type { TestApp } from '../app.js';
import { type DiscoveryServer, startDiscoveryServer } from '../discovery-server.js';
import { givenIdentity, givenProfile, givenRealm, givenUser } from '../given-realm.js';
import { givenShop, type Shop, type TestCustomer } from '../shop.js';
import { orderBody, REDIRECT_URI } from '../two-stores.js';
import { Client } from './client.js';
import type { Credentials } from './credentials.js';

/** Parameters of paths by name. */
export type Places = Readonly<Record<string, string>>;

/** Tokens that go with all requests of a run, as headers or the values of them. */
interface Tokens {
  readonly service: string;
  readonly implicit: string;
  /** Of a customer who has nothing. */
  readonly stranger: string;
}

/** A store in which every path leads somewhere. */
export class World {
  readonly client: Client;
  private made = 0;
  private withoutRights: Promise<Record<string, string>> | undefined;
  private readonly customerTokens = new Map<string, Promise<string>>();
  private readonly customers = new Map<string, TestCustomer>();
  private readonly routes: ReadonlyMap<string, DocumentedRoute>;

  private constructor(
    readonly app: TestApp,
    readonly shop: Shop,
    readonly providers: DiscoveryServer,
    readonly profile: OidcProfileResource,
    /** To whom everything belongs that belongs to a customer. */
    readonly owner: TestCustomer,
    /** Customers who are changed all the time: those who change themselves stay logged in when they get a new password. */
    private readonly changing: { readonly byServices: TestCustomer; readonly byThemselves: TestCustomer },
    /** One of each, for what does not delete it. */
    readonly places: Places,
    /** Of what others are below, another one that exists. */
    readonly elsewhere: Places,
    private readonly tokens: Tokens,
  ) {
    this.client = new Client(app.origin);
    const declared = [...documentedRoutes(app.nest).values()];
    this.routes = new Map(declared.map((route) => [route.notes.id, route]));
    for (const customer of [owner, changing.byServices, changing.byThemselves])
      this.customers.set(customer.id, customer);
  }

  static async of(app: TestApp): Promise<World> {
    // One customer takes all the addresses of a run.
    const shop = await givenShop(app, { addressLimit: 1_000 });
    const providers = await startDiscoveryServer();
    const realm = await givenRealm(shop, { redirectUris: [REDIRECT_URI] });
    const profile = await givenProfile(shop, realm.id, providers.discoveryUrl('honest'));
    const owner = await shop.customer();
    const user = await givenUser(shop, realm.id, owner);
    const identity = await givenIdentity(shop, realm.id, user.id, { subject: 'ann', oidc_profile_id: profile.id });
    const service = await shop.service();
    const order = await app.http.post('/v2/orders').set(service).send(orderBody(owner.id)).expect(201);
    const places = {
      storeId: shop.storeId,
      realmId: realm.id,
      profileId: profile.id,
      customerId: owner.id,
      addressId: (await shop.address(owner)).id,
      orderId: idIn(order.body),
      userId: user.id,
      infoId: identity.id,
      keyId: (await shop.otherKey({})).keyId,
    };
    const stranger = await shop.login(await shop.customer());
    const tokens = {
      service: service['authorization'] ?? '',
      implicit: (await shop.implicit())['authorization'] ?? '',
      stranger: stranger.token,
    };
    const changing = { byServices: await shop.customer(), byThemselves: await shop.customer() };
    const elsewhere = {
      storeId: (await givenShop(app)).storeId,
      realmId: (await givenRealm(shop, { name: 'Another realm' })).id,
      customerId: changing.byServices.id,
      userId: (await givenUser(shop, realm.id, changing.byServices)).id,
    };
    return new World(app, shop, providers, profile, owner, changing, places, elsewhere, tokens);
  }

  /** What the route of an operation declares. */
  routeOf(operationId: string): DocumentedRoute {
    const route = this.routes.get(operationId);
    if (route === undefined) throw new Error(`no route declares ${operationId}`);
    return route;
  }

  /** Headers of a request to these places. */
  async headersFor({ grant, customerToken }: Credentials, places: Places): Promise<Record<string, string>> {
    const authorization = grant === 'implicit' ? this.tokens.implicit : this.tokens.service;
    switch (customerToken) {
      case 'none':
        return { authorization };
      case 'own':
        return { authorization, 'x-moltin-customer-token': await this.tokenOf(places['customerId'] ?? '') };
      case 'of another customer':
        return { authorization, 'x-moltin-customer-token': this.tokens.stranger };
      case 'forged':
        return { authorization, 'x-moltin-customer-token': forged(await this.tokenOf(this.owner.id)) };
    }
  }

  get service(): Record<string, string> {
    return { authorization: this.tokens.service };
  }

  /** The signature is not that of this token. */
  get forgery(): Record<string, string> {
    return { authorization: forged(this.tokens.service) };
  }

  /** A customer who may be changed by whoever comes with these credentials. */
  changedBy({ customerToken }: Credentials): Places {
    return { customerId: customerToken === 'own' ? this.changing.byThemselves.id : this.changing.byServices.id };
  }

  /** Each customer logs in once. */
  private tokenOf(customerId: string): Promise<string> {
    const known = this.customerTokens.get(customerId);
    if (known !== undefined) return known;
    const token = this.shop.login(this.customers.get(customerId) ?? this.owner).then((issued) => issued.token);
    this.customerTokens.set(customerId, token);
    return token;
  }

  /** Another one of what a path ends in, to be deleted or changed for good. */
  async fresh(parameter: string): Promise<Places> {
    this.made += 1;
    const { shop, places } = this;
    const { realmId = '', userId = '' } = places;
    switch (parameter) {
      case 'customerId':
        return { customerId: await this.customer() };
      case 'addressId':
        return { addressId: (await shop.address(this.owner)).id };
      case 'orderId':
        return { orderId: await this.order() };
      case 'keyId':
        return { keyId: (await shop.otherKey({})).keyId };
      case 'profileId':
        return { profileId: (await givenProfile(shop, realmId, this.providers.discoveryUrl('honest'))).id };
      case 'userId':
        return { userId: (await givenUser(shop, realmId, await shop.customer())).id };
      case 'infoId': {
        const members = { subject: `subject ${this.made}`, oidc_profile_id: this.profile.id };
        return { infoId: (await givenIdentity(shop, realmId, userId, members)).id };
      }
      default:
        return {};
    }
  }

  private async customer(): Promise<string> {
    const customer = await this.shop.customer();
    this.customers.set(customer.id, customer);
    return customer.id;
  }

  /** An order that may be anonymized. */
  async order(): Promise<string> {
    const sent = this.app.http.post('/v2/orders').set(this.service).send(orderBody(this.owner.id));
    return idIn((await sent.expect(201)).body);
  }

  /** Headers of a client that may do nothing. */
  powerless(): Promise<Record<string, string>> {
    this.withoutRights ??= this.shop.otherKey({ permissions: [] }).then((key) => this.shop.service(key));
    return this.withoutRights;
  }

  async stop(): Promise<void> {
    await this.client.close();
    await this.providers.stop();
  }
}

/** A token, or a header with one, that has a signature which is not its own. */
function forged(token: string): string {
  const [head = '', payload = '', signature = ''] = token.split('.');
  return [head, payload, randomBytes(Buffer.from(signature, 'base64url').length).toString('base64url')].join('.');
}

function idIn(body: unknown): string {
  return (body as { data: { id: string } }).data.id;
}
