import { searchableText } from '../jsonapi/filter-fields.js';
import type { ListRules, ListSource } from '../jsonapi/list-query.js';
import { ordered } from '../jsonapi/sort.js';
import { sql } from '../jsonapi/sql.js';
import { inStore, type DataScope } from '../scope/request-scope.js';

/** How the profiles of a realm can be filtered and sorted. */
export const oidcProfileRules: ListRules = {
  filters: { name: searchableText(sql`oidc_profiles.name`) },
  sorts: {
    columns: { created_at: ordered(sql`oidc_profiles.created_at`) },
    id: sql`oidc_profiles.id`,
    byDefault: 'created_at',
  },
};

export function oidcProfilesOf(scope: DataScope, realmId: string): ListSource {
  return {
    from: sql`public.oidc_profiles`,
    id: sql`oidc_profiles.id`,
    scope: sql`oidc_profiles.store_id = ${inStore(scope).storeId}::uuid AND oidc_profiles.realm_id = ${realmId}::uuid`,
  };
}
