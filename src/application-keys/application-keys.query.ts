import { exactText, idEquality, moment, searchableText } from '../jsonapi/filter-fields.js';
import type { ListQuery, ListRules, ListSource } from '../jsonapi/list-query.js';
import type { Page } from '../jsonapi/page.js';
import { ordered, orderedByCodePoints, readSort } from '../jsonapi/sort.js';
import { sql } from '../jsonapi/sql.js';

/** How the keys of a store can be filtered and sorted. A store has few of them: its primary key serves every search. */
export const applicationKeyRules: ListRules = {
  filters: {
    id: idEquality(sql`application_keys.id`),
    name: searchableText(sql`application_keys.name`),
    client_id: exactText(sql`application_keys.client_id`),
    created_at: moment(sql`application_keys.created_at`, 'seconds'),
    updated_at: moment(sql`application_keys.updated_at`, 'seconds'),
  },
  sorts: {
    columns: {
      created_at: ordered(sql`application_keys.created_at`),
      updated_at: ordered(sql`application_keys.updated_at`),
      name: orderedByCodePoints(sql`application_keys.name`),
    },
    id: sql`application_keys.id`,
    byDefault: 'created_at',
  },
};

export function applicationKeysOf(storeId: string): ListSource {
  return {
    from: sql`public.application_keys`,
    id: sql`application_keys.id`,
    scope: sql`application_keys.store_id = ${storeId}::uuid`,
  };
}

/** The keys on this page of all, in the order of their creation. */
export function everyKey(page: Page): ListQuery {
  return { page, filter: sql`TRUE`, order: readSort({}, applicationKeyRules.sorts) };
}
