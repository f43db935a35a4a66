import { randomBytes } from 'node:crypto';
import { grants, permissions } from '../../src/access/permissions.js';
import { initialStoreSettings, type StoreSettings } from '../../src/access/store-settings.js';
import { sha256 } from '../../src/crypto/digest.js';
import { newId } from '../../src/crypto/identifiers.js';
import type { AddressResource } from '../../src/addresses/addresses.contract.js';
import type { TestApp } from './app.js';

export interface ApplicationKeyRights {
  grants?: string[];
  permissions?: string[];
}

export interface TestKey {
  readonly keyId: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

export interface TestCustomer {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly password: string;
}

type Headers = Record<string, string>;

/** By the clock of the app, which tests move. */
const TOKEN_KEPT_SECONDS = 60;

/** A store of one's own with an application key, and builders that go through the service's own interface. */
export class Shop {
  private readonly recent = new Map<string, { readonly since: number; readonly token: Promise<string> }>();

  constructor(
    readonly app: TestApp,
    readonly storeId: string,
    readonly key: TestKey,
  ) {}

  async token(grant: 'implicit' | 'client_credentials', key: TestKey = this.key): Promise<string> {
    const secret = grant === 'implicit' ? {} : { client_secret: key.clientSecret };
    const answer = await this.app.http
      .post('/oauth/access_token')
      .type('form')
      .send({ grant_type: grant, client_id: key.clientId, ...secret })
      .expect(200);
    return (answer.body as { access_token: string }).access_token;
  }

  /** The header of a storefront that nobody is logged in to. */
  async implicit(key?: TestKey): Promise<Headers> {
    return { authorization: `Bearer ${await this.recentToken('implicit', key)}` };
  }

  /** The header of an internal service. */
  async service(key?: TestKey): Promise<Headers> {
    return { authorization: `Bearer ${await this.recentToken('client_credentials', key)}` };
  }

  /** A client keeps its token for a while: a new one for each of thousands of requests would take a good part of their time. */
  private recentToken(grant: 'implicit' | 'client_credentials', key: TestKey = this.key): Promise<string> {
    const now = this.app.clock.nowSeconds();
    const name = `${grant} ${key.clientId} ${key.clientSecret}`;
    const known = this.recent.get(name);
    if (known !== undefined && Math.abs(now - known.since) < TOKEN_KEPT_SECONDS) return known.token;
    const token = this.token(grant, key);
    this.recent.set(name, { since: now, token });
    return token;
  }

  async login(
    customer: Pick<TestCustomer, 'email' | 'password'>,
  ): Promise<{ id: string; token: string; expires: number }> {
    const answer = await this.app.http
      .post('/v2/customers/tokens')
      .set(await this.implicit())
      .send({ data: { type: 'token', email: customer.email, password: customer.password } })
      .expect(200);
    return (answer.body as { data: { id: string; token: string; expires: number } }).data;
  }

  /** The headers of a storefront that the customer is logged in to. */
  async as(customer: TestCustomer): Promise<Headers> {
    const { token } = await this.login(customer);
    return { ...(await this.implicit()), 'x-moltin-customer-token': token };
  }

  /** A customer with a password, made with client credentials. */
  async customer(members: Record<string, unknown> = {}): Promise<TestCustomer> {
    const password = 'correct horse battery';
    const data = { type: 'customer', name: 'Ann Example', email: uniqueEmail(), password, ...members };
    const answer = await this.app.http
      .post('/v2/customers')
      .set(await this.service())
      .send({ data })
      .expect(201);
    const { id, name, email } = (answer.body as { data: { id: string; name: string; email: string } }).data;
    return { id, name, email, password: typeof data.password === 'string' ? data.password : password };
  }

  async address(customer: TestCustomer, members: Record<string, unknown> = {}): Promise<AddressResource> {
    const answer = await this.app.http
      .post(`/v2/customers/${customer.id}/addresses`)
      .set(await this.service())
      .send({ data: { ...addressMembers, ...members } })
      .expect(201);
    return (answer.body as { data: AddressResource }).data;
  }

  /** Another key of the same store. */
  async otherKey(rights: ApplicationKeyRights): Promise<TestKey> {
    return makeKey(this.app, this.storeId, rights);
  }

  async settings(change: Partial<StoreSettings>): Promise<void> {
    await this.app.database.prisma.store.update({ where: { id: this.storeId }, data: change });
  }
}

/** The required members of an address. */
export const addressMembers = {
  type: 'address',
  first_name: 'Ann',
  last_name: 'Example',
  line_1: '1 Road',
  county: 'Shire',
  postcode: 'ZZ1 1ZZ',
  country: 'GB',
};

export function uniqueEmail(): string {
  return `ann.${randomBytes(6).toString('hex')}@example.test`;
}

/** @param settings of the new store, where they differ from the initial ones */
export async function givenShop(app: TestApp, settings: Partial<StoreSettings> = {}): Promise<Shop> {
  const storeId = newId();
  const times = { createdAt: new Date(), updatedAt: new Date() };
  await app.database.prisma.store.create({
    data: { id: storeId, handle: `shop-${storeId}`, ...initialStoreSettings, ...settings, ...times },
  });
  return new Shop(app, storeId, await makeKey(app, storeId, {}));
}

async function makeKey(app: TestApp, storeId: string, rights: ApplicationKeyRights): Promise<TestKey> {
  const keyId = newId();
  const clientId = randomBytes(12).toString('base64url');
  const clientSecret = randomBytes(32).toString('base64url');
  const now = new Date();
  const { prisma } = app.database;
  await prisma.applicationKey.create({
    data: {
      storeId,
      id: keyId,
      clientId,
      name: 'Test key',
      grants: rights.grants ?? [...grants],
      permissions: rights.permissions ?? [...permissions],
      createdAt: now,
      updatedAt: now,
    },
  });
  await prisma.clientId.create({ data: { clientId, storeId, keyId } });
  const secretHash = new Uint8Array(sha256(clientSecret));
  await prisma.applicationKeySecret.create({
    data: { storeId, id: newId(), keyId, secretHash, createdAt: now, retiredAt: null },
  });
  return { keyId, clientId, clientSecret };
}
