// How a database that is distributed by store holds the tables.

/** Belong to the deployment, not to a store. */
export const GLOBAL_TABLES = ['stores', 'client_ids', 'signing_keys', 'leases', 'jobs', '_prisma_migrations'];

/** Of a store, but few and read by every request: each node has all of them. What points to them from everywhere may do so. */
export const REFERENCE_TABLES = [
  'application_keys',
  'application_key_secrets',
  'authentication_realms',
  'oidc_profiles',
];

/** Its rows lie where the store's rows are. A table that stands in neither list does, so that a new one must keep the rules. */
export function isDistributed(table) {
  return !GLOBAL_TABLES.includes(table) && !REFERENCE_TABLES.includes(table);
}
