import { comparableId, type FilterFields, moment, searchableText } from '../jsonapi/filter-fields.js';
import { fenced, type ListRules, type ListSource } from '../jsonapi/list-query.js';
import { ordered } from '../jsonapi/sort.js';
import { sql } from '../jsonapi/sql.js';
import { ownedBy, type DataScope } from '../scope/request-scope.js';

const filters: FilterFields = {
  id: comparableId(sql`addresses.id`),
  name: searchableText(sql`addresses.name`),
  first_name: searchableText(sql`addresses.first_name`),
  last_name: searchableText(sql`addresses.last_name`),
  company_name: searchableText(sql`addresses.company_name`),
  phone_number: searchableText(sql`addresses.phone_number`),
  line_1: searchableText(sql`addresses.line_1`),
  line_2: searchableText(sql`addresses.line_2`),
  city: searchableText(sql`addresses.city`),
  county: searchableText(sql`addresses.county`),
  region: searchableText(sql`addresses.region`),
  postcode: searchableText(sql`addresses.postcode`),
  post_code: searchableText(sql`addresses.postcode`),
  country: searchableText(sql`addresses.country`),
  instructions: searchableText(sql`addresses.instructions`),
  created_at: moment(sql`addresses.created_at`, 'milliseconds'),
  updated_at: moment(sql`addresses.updated_at`, 'milliseconds'),
};

/** How the addresses of a customer can be filtered and sorted. */
export const addressRules: ListRules = {
  filters,
  sorts: {
    columns: {
      id: ordered(sql`addresses.id`),
      created_at: ordered(sql`addresses.created_at`),
      updated_at: ordered(sql`addresses.updated_at`),
    },
    id: sql`addresses.id`,
    byDefault: 'created_at',
  },
};

/** The addresses of the customer in the path that the caller may see. */
export function addressesOf(scope: DataScope, customerId: string): ListSource {
  const { storeId, customerId: owner = customerId } = ownedBy(scope);
  return fenced(
    {
      from: sql`public.addresses`,
      id: sql`addresses.id`,
      scope: sql`addresses.store_id = ${storeId}::uuid AND addresses.customer_id = ${customerId}::uuid
        AND addresses.customer_id = ${owner}::uuid`,
    },
    sql`addresses`,
    sql`addresses.created_at, addresses.id`,
  );
}
