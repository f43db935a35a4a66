import { beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/crypto/identifiers.js';
import { sharedApp, type TestApp } from '../harness/app.js';
import { accountExists, type Holding, type LinkingRules, LinkingWorld } from '../harness/linking-world.js';
import { uniqueEmail } from '../harness/shop.js';
import { givenCustomerOfSingleSignOn } from '../harness/stored-rows.js';
import { sampleOf } from '../harness/tier/sizes.js';

/** Hundreds of sign-ins take their time on a busy machine; what is asserted does not depend on it. */
const PATIENCE_MS = 120_000;

/** What the provider says of the email. `true` counts as its word, the others do not look as if they did. */
const CLAIMS = [true, false, undefined, 'true', 1, null] as const;

/** Who has the email before. */
const EXISTING = {
  nobody: { count: 0, proven: () => false },
  'a password customer, unproven': { count: 1, proven: () => false },
  'a password customer, proven': { count: 1, proven: () => true },
  'a customer of another provider, unproven': { count: 1, proven: () => false },
  'a customer of another provider, proven': { count: 1, proven: () => true },
  'another subject of the same provider': { count: 1, proven: (trust: LinkingRules['trust']) => trust !== 'never' },
  'two customers': { count: 2, proven: () => true },
} as const;
type Existing = keyof typeof EXISTING;

type Verdict = 'new' | 'attached' | 'reset' | 'email_shared' | 'email_untrusted' | 'email_unproven';

interface Cell extends LinkingRules {
  readonly existing: Existing;
  readonly claim: (typeof CLAIMS)[number];
}

function rulesOf({ policy, unproven, trust }: LinkingRules): string {
  return [policy, unproven, trust].join();
}

/** Says from the rules alone what must happen; the service is not asked. */
function verdict({ policy, unproven, trust, existing, claim }: Cell): Verdict {
  const { count, proven } = EXISTING[existing];
  if (policy === 'allowed' || count === 0) return 'new';
  if (count > 1) return 'email_shared';
  if (!wordCounts(trust, claim)) return 'email_untrusted';
  if (proven(trust)) return 'attached';
  return unproven === 'reset' ? 'reset' : 'email_unproven';
}

function wordCounts(trust: LinkingRules['trust'], claim: unknown): boolean {
  return { always: true, never: false, claim: claim === true }[trust];
}

const LANES: LinkingRules[] = (['allowed', 'api_only'] as const).flatMap((policy) =>
  (['refuse', 'reset'] as const).flatMap((unproven) =>
    (['claim', 'always', 'never'] as const).map((trust) => ({ policy, unproven, trust })),
  ),
);

const CELLS = sampleOf(
  'first sign-ins of somebody whose email is known, by policy, trust, owner and word of the provider',
  LANES.flatMap((rules) =>
    (Object.keys(EXISTING) as Existing[]).flatMap((existing) =>
      CLAIMS.map((claim): Cell => ({ ...rules, existing, claim })),
    ),
  ),
  {
    take: 60,
    // Whoever wrongly gets in here has taken over somebody: an owner who proved nothing, and a provider that vouches or does not.
    always: ({ policy, trust, existing, claim }) =>
      policy === 'api_only' &&
      trust === 'claim' &&
      existing === 'a password customer, unproven' &&
      (claim === true || claim === 'true' || claim === undefined),
    each: [
      (cell) => [rulesOf(cell), cell.existing].join(),
      ({ trust, claim }) => JSON.stringify([trust, claim ?? String(claim)]),
      verdict,
    ],
  },
);

/** Whose sign-ins ended in a customer whom they must not reach. */
const takeovers: Cell[] = [];
const seen = new Map<Verdict, number>();
let app: TestApp;

beforeAll(async () => {
  app = await sharedApp();
});

async function prepare(world: LinkingWorld, existing: Existing, email: string): Promise<void> {
  const { shop, door, otherDoor } = world;
  const proven = existing.endsWith(', proven');
  if (existing === 'nobody') return;
  if (existing.includes('provider')) {
    const same = existing.includes('same');
    const at = same ? door : otherDoor;
    const result = await at.enter({ sub: `before ${email}`, email, email_verified: same || proven });
    await world.furnish((await at.customerOf(result)).id);
    return;
  }
  const customer = await shop.customer({ email, email_verified: proven || existing === 'two customers' });
  await shop.login(customer);
  await world.furnish(customer.id);
  if (existing === 'two customers') await givenCustomerOfSingleSignOn(shop, { id: newId(), email });
}

/** A customer as a first sign-in makes one. */
function madeAnew(world: LinkingWorld, { policy, trust, claim }: Cell, sub: string, email: string): Holding {
  const counts = wordCounts(trust, claim);
  const [name, domain] = ['Ann Example', 'example.test'];
  return {
    customer: {
      store_id: world.shop.storeId,
      id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      name,
      name_folded: 'ann example',
      email,
      email_canonical: email,
      email_domain: domain,
      login_email: policy === 'api_only' ? email : null,
      email_verified: counts,
      external_ref: null,
      authentication_mechanism: 'oidc',
      password_hash: null,
      custom_members: {},
      created_at: expect.any(String) as string,
      updated_at: expect.any(String) as string,
    },
    identities: [world.door.heldIdentity(sub, counts ? email : null)],
    live_tokens: [],
    addresses: [],
    orders: [],
  };
}

function expectedHolders(world: LinkingWorld, cell: Cell, sub: string, email: string, before: Holding[]): Holding[] {
  const outcome = verdict(cell);
  if (outcome === 'new') return [...before, madeAnew(world, cell, sub, email)];
  if (outcome !== 'attached' && outcome !== 'reset') return before;
  return before.map((holding) => {
    const added = world.door.heldIdentity(sub, email);
    if (outcome === 'attached') return { ...holding, identities: [...holding.identities, added] };
    return {
      customer: {
        ...holding.customer,
        password_hash: null,
        email_verified: true,
        updated_at: expect.any(String) as string,
      },
      identities: [...holding.identities.filter(({ proven_email }) => proven_email === email), added],
      live_tokens: [],
      addresses: [],
      orders: holding.orders,
    };
  });
}

const EVENTS: Readonly<Record<Verdict, readonly string[]>> = {
  new: ['customer_created', 'identity_linked', 'sign_in_succeeded'],
  attached: ['identity_linked', 'sign_in_succeeded'],
  reset: ['unproven_customer_reset', 'customer_tokens_revoked', 'identity_linked', 'sign_in_succeeded'],
  email_shared: ['sign_in_refused'],
  email_untrusted: ['sign_in_refused'],
  email_unproven: ['sign_in_refused'],
};

async function expectVerdict(world: LinkingWorld, cell: Cell): Promise<void> {
  const email = uniqueEmail();
  const sub = `person ${email}`;
  const { door } = world;
  await prepare(world, cell.existing, email);
  const before = await world.holdersOf(email);
  expect(before.length, JSON.stringify(cell)).toBe(EXISTING[cell.existing].count);

  const result = await door.enter({ sub, email, email_verified: cell.claim });

  const outcome = verdict(cell);
  seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
  const ends = outcome === 'new' || outcome === 'attached' || outcome === 'reset';
  const { status } = result.last;
  const { events: told = [], reason } = await app.log.ofRequest(result.requestId);
  const events = (told as string[]).filter((event) => event !== 'identity_removed');
  const drops = before.some(({ identities }) => identities.some(({ proven_email }) => proven_email !== email));
  const dropped = (told as string[]).includes('identity_removed');
  expect({ cell, dropped }).toEqual({ cell, dropped: outcome === 'reset' && drops });
  expect({ cell, status, parameters: result.parameters, events, reason }).toEqual({
    cell,
    status: 303,
    parameters: ends ? { code: expect.stringMatching(/^[\w-]{43}$/), state: result.state } : accountExists(result),
    events: EVENTS[outcome],
    reason: ends ? undefined : outcome,
  });
  const after = await world.holdersOf(email);
  expect({ cell, after }).toEqual({ cell, after: expectedHolders(world, cell, sub, email, before) });
  if (!ends) return;

  const { id } = await door.customerOf(result);
  const reached = before.find(({ customer }) => customer.id === id);
  const entitled = cell.policy === 'api_only' && before.length === 1 && wordCounts(cell.trust, cell.claim);
  const provenOrReset = reached?.customer['email_verified'] === true || cell.unproven === 'reset';
  if (reached !== undefined && !(entitled && provenOrReset)) takeovers.push(cell);
  expect({ cell, isNew: reached === undefined }).toEqual({ cell, isNew: outcome === 'new' });
}

describe('the first sign-in of somebody whose email belongs to', { timeout: PATIENCE_MS }, () => {
  describe.concurrent('any customer', () => {
    it.each(LANES)(
      'makes, attaches, resets or refuses as the rules say for every word of the provider, under $policy with email_trust $trust and unproven_email $unproven',
      async (rules) => {
        const world = await LinkingWorld.open(app, rules);
        try {
          for (const cell of CELLS.filter((each) => rulesOf(each) === rulesOf(rules))) await expectVerdict(world, cell);
        } finally {
          await world.close();
        }
      },
    );
  });

  it('has taken over nobody in all of these, and has ended in every way that there is', () => {
    expect(takeovers).toEqual([]);
    const cells = [...seen.values()].reduce((sum, count) => sum + count, 0);
    expect(cells).toBe(CELLS.length);
    expect([...seen.keys()].toSorted()).toEqual([
      'attached',
      'email_shared',
      'email_unproven',
      'email_untrusted',
      'new',
      'reset',
    ]);
  });
});
