import { Prisma } from '../generated/prisma/client.js';

/** Tables whose rows are held: the members that name a row of a store, and their columns. */
const KEYS = {
  customers: { id: 'id' },
  addresses: { id: 'id' },
  orders: { id: 'id' },
  application_keys: { id: 'id' },
  oidc_profiles: { id: 'id' },
  authentication_realms: { id: 'id' },
  identities: { id: 'id' },
  authentication_users: { realmId: 'realm_id', customerId: 'customer_id' },
} as const satisfies Readonly<Record<string, Readonly<Record<string, string>>>>;

export type LockedTable = keyof typeof KEYS;

/** The rows of one store; a member that is a list names several rows. */
export type LockedRows<Table extends LockedTable> = { readonly storeId: string } & Readonly<
  Record<keyof (typeof KEYS)[Table], string | readonly string[]>
>;

/**
 * How rows are held until the transaction ends (PostgreSQL, section 13.3.2):
 * - `update`: nobody else holds, changes or deletes them, or makes rows that point to them;
 * - `share`: nobody changes or deletes them;
 * - `key share`: nobody deletes them.
 */
export type LockStrength = 'update' | 'share' | 'key share';

const CLAUSES: Readonly<Record<LockStrength, Prisma.Sql>> = {
  update: Prisma.raw('FOR UPDATE'),
  share: Prisma.raw('FOR SHARE'),
  'key share': Prisma.raw('FOR KEY SHARE'),
};

/** In a statement of our own: nobody changes or deletes the rows of these tables, by their aliases, until the statement is committed. */
export function shared(...aliases: readonly string[]): string {
  return `FOR SHARE OF ${aliases.join(', ')}`;
}

/** Rows are taken in the order of their keys, so that two writers of the same rows wait for each other and block neither. */
export function lockStatement<Table extends LockedTable>(
  table: Table,
  { storeId, ...named }: LockedRows<Table>,
  strength: LockStrength,
): Prisma.Sql {
  const members: Readonly<Record<string, string | readonly string[] | undefined>> = named;
  const columns = Object.entries(KEYS[table]);
  const conditions = columns.map(([member, column]) => {
    const value = members[member];
    if (value === undefined) throw new Error(`a lock of ${table} needs ${member}`);
    const name = Prisma.raw(column);
    return typeof value === 'string'
      ? Prisma.sql`${name} = ${value}::uuid`
      : Prisma.sql`${name} = ANY (${value}::uuid[])`;
  });
  const [from, order] = [Prisma.raw(`public.${table}`), Prisma.raw(columns.map(([, column]) => column).join(', '))];
  return Prisma.sql`
    SELECT 1 FROM ${from} WHERE store_id = ${storeId}::uuid AND ${Prisma.join(conditions, ' AND ')}
    ORDER BY ${order} ${CLAUSES[strength]}`;
}
