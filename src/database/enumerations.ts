import type {
  AuthenticationRealmModel,
  CustomerModel,
  EventModel,
  OidcProfileModel,
  OrderModel,
  SigningKeyModel,
  StoreModel,
} from '../generated/prisma/models.js';

/** Every word of a type under its own name: one that is missing, or one too many, does not compile. */
type Words<Word extends string> = { readonly [Each in Word]: Each };

/**
 * The words that a column may hold, in the order in which they are listed and sorted. The types come from prisma/schema.prisma,
 * of which the CHECK constraints are made, too.
 */
export const Registration = {
  open: 'open',
  client_credentials: 'client_credentials',
} as const satisfies Words<StoreModel['registration']>;
export type Registration = StoreModel['registration'];

export const SigningKeyPurpose = {
  access: 'access',
  customer: 'customer',
} as const satisfies Words<SigningKeyModel['purpose']>;
export type SigningKeyPurpose = SigningKeyModel['purpose'];

export const AuthenticationMechanism = {
  password: 'password',
  oidc: 'oidc',
} as const satisfies Words<CustomerModel['authenticationMechanism']>;
export type AuthenticationMechanism = CustomerModel['authenticationMechanism'];

export const DuplicateEmailPolicy = {
  allowed: 'allowed',
  api_only: 'api_only',
} as const satisfies Words<AuthenticationRealmModel['duplicateEmailPolicy']>;
export type DuplicateEmailPolicy = AuthenticationRealmModel['duplicateEmailPolicy'];

export const UnprovenEmail = {
  refuse: 'refuse',
  reset: 'reset',
} as const satisfies Words<AuthenticationRealmModel['unprovenEmail']>;
export type UnprovenEmail = AuthenticationRealmModel['unprovenEmail'];

export const EmailTrust = {
  claim: 'claim',
  always: 'always',
  never: 'never',
} as const satisfies Words<OidcProfileModel['emailTrust']>;
export type EmailTrust = OidcProfileModel['emailTrust'];

export const OrderStatus = {
  incomplete: 'incomplete',
  processing: 'processing',
  complete: 'complete',
  cancelled: 'cancelled',
} as const satisfies Words<OrderModel['status']>;
export type OrderStatus = OrderModel['status'];

export const OrderPayment = {
  unpaid: 'unpaid',
  authorized: 'authorized',
  partially_authorized: 'partially_authorized',
  partially_paid: 'partially_paid',
  paid: 'paid',
  refunded: 'refunded',
} as const satisfies Words<OrderModel['payment']>;
export type OrderPayment = OrderModel['payment'];

export const OrderShipping = {
  unfulfilled: 'unfulfilled',
  fulfilled: 'fulfilled',
} as const satisfies Words<OrderModel['shipping']>;
export type OrderShipping = OrderModel['shipping'];

export const EventActorType = {
  application_key: 'application_key',
  customer: 'customer',
  operator: 'operator',
  system: 'system',
  browser: 'browser',
  unknown: 'unknown',
} as const satisfies Words<EventModel['actorType']>;
export type EventActorType = EventModel['actorType'];

export const EventOutcome = {
  succeeded: 'succeeded',
  refused: 'refused',
} as const satisfies Words<EventModel['outcome']>;
export type EventOutcome = EventModel['outcome'];
