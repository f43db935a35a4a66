import type { OidcProfileResource } from '../../../src/realms/oidc-profiles.contract.js';
import type { TestApp } from '../app.js';
import { type DiscoveryServer, startDiscoveryServer } from '../discovery-server.js';
import { givenIdentity, givenProfile, givenRealm, givenUser } from '../given-realm.js';
import { givenShop, type Shop, type TestCustomer, type TestKey } from '../shop.js';
import { orderBody, REDIRECT_URI } from '../two-stores.js';

/** Parameters of paths by name. */
export type Places = Readonly<Record<string, string>>;

/** A store in which every path leads somewhere. */
export class World {
  private made = 0;
  private withoutRights: Promise<Record<string, string>> | undefined;

  private constructor(
    readonly app: TestApp,
    readonly shop: Shop,
    readonly providers: DiscoveryServer,
    readonly profile: OidcProfileResource,
    readonly customer: TestCustomer,
    readonly key: TestKey,
    /** One of each, for what does not delete it. */
    readonly places: Places,
    readonly service: Readonly<Record<string, string>>,
  ) {}

  static async of(app: TestApp): Promise<World> {
    // One customer takes all the addresses of a run.
    const shop = await givenShop(app, { addressLimit: 1_000 });
    const providers = await startDiscoveryServer();
    const realm = await givenRealm(shop, { redirectUris: [REDIRECT_URI] });
    const profile = await givenProfile(shop, realm.id, providers.discoveryUrl('honest'));
    const customer = await shop.customer();
    const user = await givenUser(shop, realm.id, customer);
    const identity = await givenIdentity(shop, realm.id, user.id, { subject: 'ann', oidc_profile_id: profile.id });
    const service = await shop.service();
    const order = await app.http.post('/v2/orders').set(service).send(orderBody(customer.id)).expect(201);
    const key = await shop.otherKey({});
    const places = {
      storeId: shop.storeId,
      realmId: realm.id,
      profileId: profile.id,
      customerId: customer.id,
      addressId: (await shop.address(customer)).id,
      orderId: idIn(order.body),
      userId: user.id,
      infoId: identity.id,
      keyId: key.keyId,
    };
    return new World(app, shop, providers, profile, customer, key, places, service);
  }

  /** Another one of what a path ends in, to be deleted or changed for good. */
  async fresh(parameter: string): Promise<Places> {
    this.made += 1;
    const { shop, places } = this;
    const { realmId = '', userId = '' } = places;
    switch (parameter) {
      case 'customerId':
        return { customerId: (await shop.customer()).id };
      case 'addressId':
        return { addressId: (await shop.address(this.customer)).id };
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

  /** An order that may be anonymized. */
  async order(): Promise<string> {
    const sent = this.app.http.post('/v2/orders').set(this.service).send(orderBody(this.customer.id));
    return idIn((await sent.expect(201)).body);
  }

  /** Headers of a client that may do nothing. */
  powerless(): Promise<Record<string, string>> {
    this.withoutRights ??= this.shop.otherKey({ permissions: [] }).then((key) => this.shop.service(key));
    return this.withoutRights;
  }

  async stop(): Promise<void> {
    await this.providers.stop();
  }
}

function idIn(body: unknown): string {
  return (body as { data: { id: string } }).data.id;
}
