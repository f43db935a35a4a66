import {
  comparableId,
  exactText,
  type FilterField,
  type FilterFields,
  foldedSearch,
  moment,
  nullable,
} from '../jsonapi/filter-fields.js';
import { fenced, type ListRules, type ListSource } from '../jsonapi/list-query.js';
import { ordered, orderedByCodePoints } from '../jsonapi/sort.js';
import { type Sql, sql } from '../jsonapi/sql.js';
import { wholeDomain } from '../jsonapi/text-patterns.js';
import type { DataScope } from '../scope/request-scope.js';
import { fold } from '../text/folding.js';
import { parseEmailAddress, withPlainAtSigns } from './email-address.js';

const nameFolded = sql`customers.name_folded`;
const emailCanonical = sql`customers.email_canonical`;

/** Equality is exact; the folded name is asked for too, as that is the column with an index. */
export const nameEquality: Pick<Required<FilterField>, 'eq' | 'in'> = {
  eq: ([value]) => {
    const text = value?.text ?? '';
    return sql`${nameFolded} = ${fold(text)}::text AND customers.name = ${text}::text`;
  },
  in: (values) => {
    const texts = values.map(({ text }) => text);
    return sql`${nameFolded} = ANY(${texts.map(fold)}::text[]) AND customers.name = ANY(${texts}::text[])`;
  },
};

/** Every spelling of an address is the same address. */
export const emailEquality: Pick<Required<FilterField>, 'eq' | 'in'> = {
  eq: ([value]) => sql`${emailCanonical} = ${canonical(value?.text ?? '')}::text`,
  in: (values) => sql`${emailCanonical} = ANY(${values.map(({ text }) => canonical(text))}::text[])`,
};

export const nameSearch = foldedSearch(nameFolded, fold);

/** What stands behind the `@` has a column and an index of its own, as people search for whole domains. */
export const emailSearch = foldedSearch(emailCanonical, fold, (pattern): Sql | null => {
  if (!pattern.openStart && !pattern.openEnd) return sql`${emailCanonical} = ${canonical(pattern.text)}::text`;
  const sought = wholeDomain({ ...pattern, text: withPlainAtSigns(pattern.text) });
  if (sought === null) return null;
  const domain = parseEmailAddress(`a@${sought}`)?.domain;
  return domain === undefined ? sql`FALSE` : sql`customers.email_domain = ${domain}::text`;
});

/** What is no address may be looked for, and nobody has it: folded, it might be the address of somebody. */
function canonical(text: string): string {
  return parseEmailAddress(text)?.canonical ?? text;
}

const filters: FilterFields = {
  id: comparableId(sql`customers.id`),
  name: { ...nameEquality, ...nameSearch },
  email: { ...emailEquality, ...emailSearch },
  external_ref: nullable(sql`customers.external_ref`, exactText(sql`customers.external_ref`)),
  created_at: moment(sql`customers.created_at`, 'seconds'),
  updated_at: moment(sql`customers.updated_at`, 'seconds'),
};

/** How customers can be filtered and sorted. */
export const customerRules: ListRules = {
  filters,
  sorts: {
    columns: {
      id: ordered(sql`customers.id`),
      name: orderedByCodePoints(nameFolded),
      email: orderedByCodePoints(emailCanonical),
      created_at: ordered(sql`customers.created_at`),
      updated_at: ordered(sql`customers.updated_at`),
    },
    id: sql`customers.id`,
    byDefault: '-created_at',
  },
};

/** The customers that the caller may see: under a customer token the one. */
export function customersIn({ storeId, customer }: DataScope): ListSource {
  const store = sql`customers.store_id = ${storeId}::uuid`;
  const id = sql`customers.id`;
  if (customer === null) return { from: sql`public.customers`, id, scope: store };
  // check: scope of the customer list
  const own = sql`${store} AND ${id} = ${customer.customerId}::uuid`;
  return fenced({ from: sql`public.customers`, id, scope: own }, sql`customers`, id);
}
