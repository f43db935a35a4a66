/** The kinds of request that an OpenID Provider gets: the first from browsers, the others from the service. */
export const callKinds = ['authorize', 'discovery', 'jwks', 'token', 'userinfo'] as const;

export type CallKind = (typeof callKinds)[number];

/** An OpenID Provider on loopback at which the service is registered as one client. */
export interface IdentityProvider {
  readonly issuer: string;
  readonly discoveryUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Requests so far, answered or not. */
  readonly calls: Readonly<Record<CallKind, number>>;
  /** Registers one more `redirect_uri` of the client. */
  allowRedirectTo(uri: string): void;
  stop(): Promise<void>;
}

/** @returns counters that begin at 0 */
export function noCalls(): Record<CallKind, number> {
  return { authorize: 0, discovery: 0, jwks: 0, token: 0, userinfo: 0 };
}
