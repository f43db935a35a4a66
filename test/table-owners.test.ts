import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../', import.meta.url));

/** Which folder of src writes a table. A change of one kind of rows is in one place, whoever asks for it. */
const OWNERS: Readonly<Record<string, string>> = {
  addresses: 'addresses',
  application_key_secrets: 'application-keys',
  application_keys: 'application-keys',
  authentication_realms: 'realms',
  authentication_users: 'identities',
  authorization_codes: 'sso',
  client_ids: 'application-keys',
  customer_tokens: 'sessions',
  customers: 'customers',
  event_positions: 'outbox',
  identities: 'identities',
  jobs: 'jobs',
  leases: 'jobs',
  oidc_profiles: 'realms',
  order_items: 'orders',
  orders: 'orders',
  refusal_counts: 'outbox',
  signing_keys: 'keys',
  sso_flows: 'sso',
  stores: 'access',
};

/** Written with what they tell, by the database folder, for everybody. Their positions and their end are the outbox's. */
const EVENT_WRITERS = ['database', 'outbox'];

const sources = readdirSync(`${root}src`, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.startsWith('generated/'))
  .map((path) => ({ path, folder: path.split('/')[0] ?? '', text: readFileSync(`${root}src/${path}`, 'utf8') }));

/** `model Customer { … @@map("customers") }` -> `customer` is `customers`. */
const tablesOfModels = new Map(
  [...readFileSync(`${root}prisma/schema.prisma`, 'utf8').matchAll(/^model (\w+) \{.*?@@map\("(\w+)"\)/gms)].map(
    ([, model = '', table = '']) => [`${model[0]?.toLowerCase()}${model.slice(1)}`, table],
  ),
);

const PRISMA_WRITE =
  /\.(\w+)\s*\.(?:create|createMany|createManyAndReturn|update|updateMany|updateManyAndReturn|upsert|delete|deleteMany)\(/g;
const SQL_WRITE = /\b(?:INSERT\s+INTO|DELETE\s+FROM|UPDATE)\s+(?:"?public"?\.)?"?([a-z_]+)"?(?=[\s(])/g;

function writesIn(text: string): string[] {
  const byPrisma = [...text.matchAll(PRISMA_WRITE)].flatMap(([, model = '']) => tablesOfModels.get(model) ?? []);
  // `ON CONFLICT … DO UPDATE SET` names no table.
  const bySql = [...text.matchAll(SQL_WRITE)].map(([, table = '']) => table).filter((table) => isTable(table));
  return [...byPrisma, ...bySql];
}

function isTable(name: string): boolean {
  return [...tablesOfModels.values()].includes(name);
}

describe('the tables', () => {
  it('each have one owner', () => {
    const tables = [...tablesOfModels.values()].filter((table) => table !== 'events').toSorted();
    expect(Object.keys(OWNERS).toSorted()).toEqual(tables);
  });

  it('are written by their owner only', () => {
    const strays = sources.flatMap(({ path, folder, text }) =>
      writesIn(text)
        .filter((table) => (table === 'events' ? !EVENT_WRITERS.includes(folder) : OWNERS[table] !== folder))
        .map((table) => `${path} writes ${table}`),
    );
    expect(strays).toEqual([]);
  });

  it('are written by each owner somewhere, or this test looks at nothing', () => {
    const written = new Set(sources.flatMap(({ text }) => writesIn(text)));
    expect(Object.keys(OWNERS).filter((table) => !written.has(table))).toEqual([]);
  });
});

describe('the one way to write', () => {
  it('is the only place that holds rows', () => {
    const locks = /FOR\s+(?:NO\s+KEY\s+)?UPDATE|FOR\s+(?:KEY\s+)?SHARE/;
    const strays = sources.filter(({ folder, text }) => folder !== 'database' && locks.test(text));
    expect(strays.map(({ path }) => path)).toEqual([]);
  });

  it('is the only way to the pool and to the Prisma client', () => {
    const ways = /\bdatabase\.(?:pool|prisma)\b|\bnew PrismaClient\b|\bnew (?:pg\.)?Pool\b/;
    const strays = sources.filter(({ folder, text }) => folder !== 'database' && ways.test(text));
    expect(strays.map(({ path }) => path)).toEqual([]);
  });

  it('speaks for the service, the operator or a browser only where no token of ours does', () => {
    const speakers = sources.filter(({ text }) => /\b(?:systemOf|operatorOf|browserOf|serviceScope)\(/.test(text));
    expect(speakers.map(({ path }) => path).toSorted()).toEqual([
      'access/stores.ts',
      'admin/commands.ts',
      'application-keys/bootstrap-key.ts',
      'customers/customer-writer.ts',
      'database/authority.ts',
      'jobs/jobs.ts',
      'keys/key-ring.ts',
      'launch/local-sign-in.ts',
      'outbox/event-positions.ts',
      'outbox/refusals.ts',
      'realms/client-secrets.ts',
      'scope/request-scope.ts',
      'sso/callback.controller.ts',
      'sso/sign-in-flows.ts',
    ]);
  });
});
