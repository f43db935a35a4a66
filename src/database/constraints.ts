/**
 * The constraints whose violation is told apart, by their names in the schema. Each is named where it is declared
 * (prisma/schema.prisma), and a test asks the database whether it has all of them.
 */
export const constraintNames = [
  'addresses_pkey',
  'authentication_realms_name_key',
  'authentication_users_customer_fkey',
  'authentication_users_pkey',
  'client_ids_pkey',
  'customer_tokens_pkey',
  'customers_login_email_key',
  'customers_pkey',
  'identities_profile_fkey',
  'identities_subject_key',
  'identities_user_fkey',
  'order_items_pkey',
  'orders_customer_fkey',
  'orders_pkey',
  'sso_flows_profile_fkey',
  'stores_handle_key',
] as const;

export type ConstraintName = (typeof constraintNames)[number];

export function isConstraintName(name: string | undefined): name is ConstraintName {
  return constraintNames.some((known) => known === name);
}
