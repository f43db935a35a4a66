import { expect } from 'vitest';
import type { TestApp } from '../harness/app.js';
import { Browser } from '../harness/browser.js';
import type { Deviation, HostileSetting, Lie } from '../harness/identity-provider/deviation.js';
import { HostileProvider } from '../harness/identity-provider/hostile.js';
import type { CallKind } from '../harness/identity-provider/identity-provider.js';
import { givenSignIn, type SignIn, type SignInResult } from '../harness/identity-provider/sign-in.js';
import { type Shop, uniqueEmail } from '../harness/shop.js';

/** Longer than the service keeps anything that it has read from a provider, and than it leaves a failing one alone. */
const FORGETTING_SECONDS = 601;

/** Of the shop's store: what a sign-in may leave behind. */
interface Rows {
  readonly customers: number;
  readonly users: number;
  readonly identities: number;
  readonly codes: number;
  readonly tokens: number;
}

interface Attempt extends SignInResult {
  /** How many more calls the provider got, and how many more rows there are. */
  readonly calls: Readonly<Record<CallKind, number>>;
  readonly rows: Rows;
}

interface Connection {
  readonly provider: HostileProvider;
  readonly signIn: SignIn;
}

/** A shop, and for each setting a hostile provider that it trusts. */
export class DeceivedShop {
  private readonly connections = new Map<string, Promise<Connection>>();
  private people = 0;

  constructor(
    private readonly app: TestApp,
    private readonly shop: Shop,
  ) {}

  /** The provider with this setting, for somebody new who has never logged in. */
  async newPerson(setting: Partial<HostileSetting>): Promise<Connection> {
    const name = JSON.stringify(setting);
    const connecting = this.connections.get(name) ?? this.connect(setting);
    this.connections.set(name, connecting);
    const connection = await connecting;
    this.people += 1;
    const sub = `person-${this.people}`;
    connection.provider.person = { sub, email: uniqueEmail(), email_verified: true, name: 'Ann Example' };
    return connection;
  }

  /**
   * One sign-in in a new browser while the provider does this.
   *
   * @param pauseSeconds before it; so long, if not given, that the service asks the provider for everything anew
   */
  async attempt(
    { provider, signIn }: Connection,
    deviation: Deviation,
    pauseSeconds: number = FORGETTING_SECONDS,
  ): Promise<Attempt> {
    this.app.clock.advanceSeconds(pauseSeconds);
    const [rows, calls] = [await this.rows(), { ...provider.calls }];
    provider.lie = deviation;
    const result = await signIn.through(new Browser(this.app));
    provider.lie = {};
    return { ...result, rows: difference(await this.rows(), rows), calls: difference(provider.calls, calls) };
  }

  async stop(): Promise<void> {
    const connections = await Promise.all(this.connections.values());
    await Promise.all(connections.map(({ provider }) => provider.stop()));
  }

  private async connect(setting: Partial<HostileSetting>): Promise<Connection> {
    const provider = await HostileProvider.start(this.app.clock, setting);
    return { provider, signIn: await givenSignIn(this.shop, provider) };
  }

  private async rows(): Promise<Rows> {
    const { rows } = await this.app.database.pool.query<Rows>(COUNT, [this.shop.storeId]);
    if (rows[0] === undefined) throw new Error('nothing was counted');
    return rows[0];
  }
}

const COUNT = `SELECT
  (SELECT count(*)::int FROM customers WHERE store_id = $1) AS customers,
  (SELECT count(*)::int FROM authentication_users WHERE store_id = $1) AS users,
  (SELECT count(*)::int FROM identities WHERE store_id = $1) AS identities,
  (SELECT count(*)::int FROM authorization_codes WHERE store_id = $1) AS codes,
  (SELECT count(*)::int FROM customer_tokens WHERE store_id = $1) AS tokens`;

export const noRows: Rows = { customers: 0, users: 0, identities: 0, codes: 0, tokens: 0 };
/** A first sign-in whose code has not been exchanged. */
export const firstSignInRows: Rows = { customers: 1, users: 1, identities: 1, codes: 1, tokens: 0 };

const DESCRIPTIONS: Readonly<Record<Exclude<Lie['answer'], 'page'>, string>> = {
  access_denied: 'sign_in_refused',
  server_error: 'provider_refused',
  temporarily_unavailable: 'provider_unavailable',
};
const OTHER_DESCRIPTIONS: Readonly<Partial<Record<Lie['reason'], string>>> = {
  email_invalid: 'email_missing',
  email_missing: 'email_missing',
  provider_error: 'provider_refused',
};

/** The whole answer that a storefront, or a browser that belongs to nobody, gets to a lie. */
export function expectRefusal(attempt: SignInResult, { answer, reason }: Pick<Lie, 'answer' | 'reason'>): void {
  if (answer === 'page') {
    expect(attempt.parameters).toEqual({});
    expect(attempt.last.status).toBe(400);
    expect(attempt.last.location).toBeNull();
    expect(attempt.last.headers.get('content-type')).toBe('text/html; charset=utf-8');
    return;
  }
  expect(attempt.parameters).toEqual({
    error: answer,
    error_description: OTHER_DESCRIPTIONS[reason] ?? DESCRIPTIONS[answer],
    state: attempt.state,
  });
  expect(attempt.last.status).toBe(303);
}

export function expectCode(attempt: SignInResult): void {
  expect(attempt.parameters).toEqual({ code: expect.stringMatching(/^[\w-]{43}$/) as unknown, state: attempt.state });
  expect(attempt.last.status).toBe(303);
}

function difference<Counts extends Readonly<Record<keyof Counts, number>>>(after: Counts, before: Counts): Counts {
  const names = Object.keys(after) as (keyof Counts)[];
  return Object.fromEntries(names.map((name) => [name, after[name] - before[name]])) as Counts;
}
