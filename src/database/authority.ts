import type { DomainEvent } from '../events/event-catalogue.js';
import type { ActorType } from '../events/event-row.js';

/** Where a write comes from. */
export interface Origin {
  readonly requestId: string;
  readonly clientAddress: string;
  /** Called with each event once it is committed: the log line of the request is derived from them. */
  readonly recorded: (event: DomainEvent) => void;
}

/** A request with tokens that must still live when the write is committed. */
interface RequestAuthority {
  readonly storeId: string;
  /** The application key of the access token. */
  readonly keyId: string;
  /** The customer token, where one came and the route looks at it. */
  readonly customer: { readonly customerId: string; readonly tokenId: string } | null;
  readonly origin: Origin;
}

/** A write for which no token of ours speaks. */
export interface TokenlessAuthority {
  readonly actor: Extract<ActorType, 'operator' | 'system' | 'browser'>;
  /** Null: rows of the deployment, which belong to no store. They have no events. */
  readonly storeId: string | null;
  readonly origin: Origin | null;
}

/** On whose behalf rows are changed. `RequestScope` is one. */
export type Authority = RequestAuthority | TokenlessAuthority;

/** Who operates the deployment, by the command line. */
export function operatorOf(storeId: string): TokenlessAuthority & { readonly storeId: string } {
  return { actor: 'operator', storeId, origin: null };
}

/** The service by itself: its start, and its work in the background. */
export function systemOf<StoreId extends string | null>(
  storeId: StoreId,
): TokenlessAuthority & { readonly storeId: StoreId } {
  return { actor: 'system', storeId, origin: null };
}

/** A browser in the middle of a single sign-on: its state, its cookie and its provider speak for it, and no token does. */
export function browserOf(storeId: string, origin: Origin): TokenlessAuthority & { readonly storeId: string } {
  return { actor: 'browser', storeId, origin };
}

export function actorOf(authority: Authority): { actorType: ActorType; actorId: string | null } {
  if ('actor' in authority) return { actorType: authority.actor, actorId: null };
  const { customer, keyId } = authority;
  return customer === null
    ? { actorType: 'application_key', actorId: keyId }
    : { actorType: 'customer', actorId: customer.customerId };
}
