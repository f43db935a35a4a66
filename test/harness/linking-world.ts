import type { TestApp } from './app.js';
import { Browser } from './browser.js';
import { HostileProvider } from './identity-provider/hostile.js';
import { givenSignIn, type SignIn, type SignInResult } from './identity-provider/sign-in.js';
import { addressMembers, givenShop, type Shop } from './shop.js';
import { orderBody } from './two-stores.js';

export interface LinkingRules {
  readonly policy: 'allowed' | 'api_only';
  readonly unproven: 'refuse' | 'reset';
  readonly trust: 'claim' | 'always' | 'never';
}

/** A customer with whatever belongs to the customer, as the database has it; rows as JSON, ids in order. */
export interface Holding {
  readonly customer: Readonly<Record<string, unknown>> & { readonly id: string };
  readonly identities: readonly HeldIdentity[];
  readonly live_tokens: readonly string[];
  readonly addresses: readonly string[];
  readonly orders: readonly string[];
}

export interface HeldIdentity {
  readonly profile_id: string;
  readonly issuer: string;
  readonly subject: string;
  readonly proven_email: string | null;
}

/** What a provider says; `email_verified` is any JSON, as providers are not strict with it. */
export interface SaidClaims {
  readonly sub: string;
  readonly email: string;
  readonly email_verified?: unknown;
  readonly name?: string;
}

/** A provider that tells the truth, as a profile of the world's realm. */
export class Door {
  constructor(
    readonly provider: HostileProvider,
    readonly signIn: SignIn,
  ) {}

  /** @param at another process of the service */
  async enter(claims: SaidClaims, at: TestApp = this.signIn.shop.app): Promise<SignInResult> {
    this.provider.person = { name: 'Ann Example', ...claims };
    return this.signIn.through(new Browser(at));
  }

  /** @throws if the sign-in did not end with a token */
  async customerOf(result: SignInResult): Promise<{ id: string; token: string }> {
    const answer = await this.signIn.redeem(result);
    if (answer.status !== 200) throw new Error(`${answer.status} for ${JSON.stringify(result.parameters)}`);
    const { customer_id: id, token } = (answer.body as { data: { customer_id: string; token: string } }).data;
    return { id, token };
  }

  heldIdentity(subject: string, provenEmail: string | null): HeldIdentity {
    const { issuer } = this.provider;
    return { profile_id: this.signIn.profileId, issuer, subject, proven_email: provenEmail };
  }
}

/** A shop whose customers may log in at two providers: the one under test, and another one that is taken at its word. */
export class LinkingWorld {
  /** Rows of a customer who has an address and an order. */
  private furniture: { readonly address: object; readonly order: object } | null = null;

  private constructor(
    readonly shop: Shop,
    readonly door: Door,
    readonly otherDoor: Door,
    /** Client credentials. */
    readonly service: Readonly<Record<string, string>>,
  ) {}

  static async open(app: TestApp, rules: LinkingRules): Promise<LinkingWorld> {
    const shop = await givenShop(app);
    const setting = { alg: 'ES256', claimsIn: 'id_token' } as const;
    const provider = await HostileProvider.start(app.clock, setting);
    const signIn = await givenSignIn(shop, provider, {
      realm: { duplicate_email_policy: rules.policy, unproven_email: rules.unproven },
      profile: { email_trust: rules.trust },
    });
    const otherProvider = await HostileProvider.start(app.clock, setting);
    const otherSignIn = await givenSignIn(shop, otherProvider);
    const doors = [new Door(provider, signIn), new Door(otherProvider, otherSignIn)] as const;
    return new LinkingWorld(shop, ...doors, await shop.service());
  }

  async close(): Promise<void> {
    await this.door.provider.stop();
    await this.otherDoor.provider.stop();
  }

  get realmId(): string {
    return this.door.signIn.realmId;
  }

  async setRealm(members: { duplicate_email_policy?: 'allowed' | 'api_only'; unproven_email?: 'refuse' | 'reset' }) {
    const path = `/v2/authentication-realms/${this.realmId}`;
    await this.shop.app.http.put(path).set(this.service).send({ data: members }).expect(200);
  }

  /** An address and an order of the customer: written through the interface for the first one, like them for all others. */
  async furnish(customerId: string): Promise<void> {
    const { app, storeId } = this.shop;
    const { pool } = app.database;
    if (this.furniture !== null) {
      const values = `jsonb_build_object('id', gen_random_uuid(), 'customer_id', $3::text)`;
      await pool.query(
        `WITH address AS (INSERT INTO addresses SELECT * FROM jsonb_populate_record(NULL::addresses, $1::jsonb || ${values}))
         INSERT INTO orders SELECT * FROM jsonb_populate_record(NULL::orders, $2::jsonb || ${values})`,
        [this.furniture.address, this.furniture.order, customerId],
      );
      return;
    }
    const addresses = `/v2/customers/${customerId}/addresses`;
    await app.http.post(addresses).set(this.service).send({ data: addressMembers }).expect(201);
    await app.http.post('/v2/orders').set(this.service).send(orderBody(customerId)).expect(201);
    const { rows } = await pool.query<{ address: object; order: object }>(
      `SELECT to_jsonb(a) AS address, to_jsonb(o) AS order FROM addresses a JOIN orders o USING (store_id, customer_id)
       WHERE store_id = $1 AND customer_id = $2`,
      [storeId, customerId],
    );
    this.furniture = rows[0] ?? null;
  }

  /** Whoever has this email (canonical form), the oldest first. */
  async holdersOf(email: string): Promise<Holding[]> {
    const { app, storeId } = this.shop;
    const { rows } = await app.database.pool.query<Holding>(
      `SELECT to_jsonb(c) AS customer,
         ARRAY(SELECT jsonb_build_object('profile_id', i.profile_id, 'issuer', i.issuer, 'subject', i.subject,
             'proven_email', i.proven_email) FROM identities i
           WHERE i.store_id = c.store_id AND i.customer_id = c.id ORDER BY i.created_at, i.id) AS identities,
         ARRAY(SELECT t.id::text FROM customer_tokens t
           WHERE t.store_id = c.store_id AND t.customer_id = c.id AND t.revoked_at IS NULL ORDER BY t.id) AS live_tokens,
         ARRAY(SELECT a.id::text FROM addresses a
           WHERE a.store_id = c.store_id AND a.customer_id = c.id ORDER BY a.id) AS addresses,
         ARRAY(SELECT o.id::text FROM orders o
           WHERE o.store_id = c.store_id AND o.customer_id = c.id ORDER BY o.id) AS orders
       FROM customers c WHERE c.store_id = $1 AND c.email_canonical = $2 ORDER BY c.created_at, c.id`,
      [storeId, email],
    );
    return rows;
  }

  /** The status of reading the own profile by a customer token. */
  async readsProfile(customerId: string, token: string, at: TestApp = this.shop.app): Promise<number> {
    const answer = await at.http
      .get(`/v2/customers/${customerId}`)
      .set({ ...(await this.shop.implicit()), 'x-moltin-customer-token': token });
    return answer.status;
  }
}

/** What the redirect to the storefront says of whoever has no business with the customer who has the email. */
export function accountExists(result: SignInResult): Record<string, string> {
  return { error: 'access_denied', error_description: 'account_exists', state: result.state };
}
