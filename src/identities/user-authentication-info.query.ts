import { emailEquality, emailSearch, nameEquality, nameSearch } from '../customers/customers.query.js';
import { typedEmail, typedName } from '../customers/typed-search.js';
import { type FilterFields, moment, nullable } from '../jsonapi/filter-fields.js';
import type { ListRules, ListSource } from '../jsonapi/list-query.js';
import { ordered } from '../jsonapi/sort.js';
import { sql } from '../jsonapi/sql.js';
import { inStore, type DataScope } from '../scope/request-scope.js';

const givenName = sql`authentication_users.given_name`;
const familyName = sql`authentication_users.family_name`;
const middleName = sql`authentication_users.middle_name`;

/** `like` is about the text as it is typed, `ilike` about its folded form. */
const filters: FilterFields = {
  name: { ...nameEquality, ...nameSearch, ...typedName },
  email: { ...emailEquality, ...emailSearch, ...typedEmail },
  given_name: nullable(givenName, {}),
  family_name: nullable(familyName, {}),
  middle_name: nullable(middleName, {}),
  created_at: moment(sql`authentication_users.created_at`, 'milliseconds'),
  updated_at: moment(sql`authentication_users.updated_at`, 'milliseconds'),
};

/** How the users of a realm can be filtered and sorted. */
export const userRules: ListRules = {
  filters,
  sorts: {
    columns: {
      id: ordered(sql`authentication_users.customer_id`),
      created_at: ordered(sql`authentication_users.created_at`),
      updated_at: ordered(sql`authentication_users.updated_at`),
    },
    id: sql`authentication_users.customer_id`,
    byDefault: '-created_at',
  },
};

/**
 * The users of a realm, joined with the customers that they are, who have the names and emails. Every user is one; the join is a
 * left one since the database leaves that out where nothing is asked of the customers.
 */
export function usersOf(scope: DataScope, realmId: string): ListSource {
  return {
    from: sql`public.authentication_users LEFT JOIN public.customers
      ON customers.store_id = authentication_users.store_id AND customers.id = authentication_users.customer_id`,
    id: sql`authentication_users.customer_id`,
    scope: sql`authentication_users.store_id = ${inStore(scope).storeId}::uuid
      AND authentication_users.realm_id = ${realmId}::uuid`,
  };
}
