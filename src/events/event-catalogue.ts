/** What an event is about. */
export type SubjectType =
  | 'customer'
  | 'address'
  | 'order'
  | 'application_key'
  | 'authentication_realm'
  | 'oidc_profile'
  | 'store';

interface EventEntry {
  /** Counts the forms of this event. A reader that knows an older form must still find its members in a newer one. */
  readonly version: number;
  readonly subject: SubjectType;
  /** Whether it belongs to the security of an account or a store. The log line of a request names these. */
  readonly security: boolean;
  /** Members beside the ones that all events have. None of them tells of a person. */
  readonly data: readonly string[];
  /** Members that tell of a person: kept apart, so that they can be erased. */
  readonly personal: readonly string[];
}

const security = { version: 1, security: true, data: [], personal: [] } as const;
const content = { ...security, security: false } as const;

/**
 * Everything that is recorded, by type: the name that log lines and readers of the events table use. An event is written in the
 * transaction of what it tells, by the service that does it.
 */
export const eventCatalogue = {
  customer_created: { ...security, subject: 'customer', personal: ['email'] },
  customer_changed: { ...content, subject: 'customer' },
  customer_deleted: { ...security, subject: 'customer' },
  customer_email_changed: { ...security, subject: 'customer' },
  customer_password_changed: { ...security, subject: 'customer' },
  customer_tokens_revoked: { ...security, subject: 'customer' },
  /** Somebody who had registered with an unproven email lost the customer to the email's owner. */
  unproven_customer_reset: { ...security, subject: 'customer' },
  login_succeeded: { ...security, subject: 'customer', data: ['mechanism', 'token_id'] },
  authorization_code_replayed: { ...security, subject: 'customer', data: ['token_id'] },
  sign_in_succeeded: { ...security, subject: 'customer', data: ['realm_id', 'profile_id'] },
  identity_linked: { ...security, subject: 'customer', data: ['realm_id', 'profile_id'] },
  identity_removed: { ...security, subject: 'customer', data: ['realm_id', 'profile_id'] },
  user_created: { ...content, subject: 'customer', data: ['realm_id'] },
  user_changed: { ...content, subject: 'customer', data: ['realm_id'] },
  user_deleted: { ...content, subject: 'customer', data: ['realm_id'] },
  address_created: { ...content, subject: 'address', data: ['customer_id'] },
  address_changed: { ...content, subject: 'address', data: ['customer_id'] },
  address_deleted: { ...content, subject: 'address', data: ['customer_id'] },
  order_created: { ...content, subject: 'order', data: ['customer_id'] },
  order_changed: { ...content, subject: 'order', data: ['customer_id'] },
  order_deleted: { ...content, subject: 'order', data: ['customer_id'] },
  order_anonymized: { ...content, subject: 'order' },
  realm_changed: { ...security, subject: 'authentication_realm' },
  oidc_profile_created: { ...security, subject: 'oidc_profile', data: ['realm_id'] },
  oidc_profile_changed: { ...security, subject: 'oidc_profile', data: ['realm_id'] },
  oidc_profile_deleted: { ...security, subject: 'oidc_profile', data: ['realm_id', 'identities_removed'] },
  application_key_created: { ...security, subject: 'application_key' },
  application_key_changed: { ...security, subject: 'application_key' },
  application_key_rotated: { ...security, subject: 'application_key' },
  application_key_deleted: { ...security, subject: 'application_key' },
  store_created: { ...security, subject: 'store' },
  store_settings_changed: { ...security, subject: 'store' },
} as const satisfies Readonly<Record<string, EventEntry>>;

export type EventType = keyof typeof eventCatalogue;

type MembersOf<Type extends EventType, Part extends 'data' | 'personal'> = (typeof eventCatalogue)[Type][Part][number];

/** What happened, as the service that does it tells it. */
export type DomainEvent = {
  [Type in EventType]: {
    readonly type: Type;
    /** Of the row that the event is about, in lower case. */
    readonly subjectId: string;
  } & (MembersOf<Type, 'data'> extends never
    ? { readonly data?: never }
    : { readonly data: Readonly<Record<MembersOf<Type, 'data'>, string | number | boolean | null>> }) &
    (MembersOf<Type, 'personal'> extends never
      ? { readonly personal?: never }
      : { readonly personal: Readonly<Record<MembersOf<Type, 'personal'>, string>> });
}[EventType];

/** Refusals. Each has a log line; the table holds counts of them, since anybody may cause any number. */
export const refusalTypes = ['login_failed', 'sign_in_refused', 'current_password_refused'] as const;
export type RefusalType = (typeof refusalTypes)[number];
