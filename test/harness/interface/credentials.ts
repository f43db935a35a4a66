import { type Credential, type Grant, grants, permissionMatrix } from '../../../src/access/permissions.js';
import type { ErrorCode } from '../../../src/errors/error-catalog.js';
import type { DocumentedRoute } from '../../../src/openapi/documented-routes.js';

/** Whose `X-Moltin-Customer-Token` comes beside the access token. "Own": of the customer whose things the path leads to. */
const customerTokens = ['none', 'own', 'of another customer', 'forged'] as const;

/** With what a request comes. */
export interface Credentials {
  readonly grant: Grant;
  readonly customerToken: (typeof customerTokens)[number];
}

export const service: Credentials = { grant: 'client_credentials', customerToken: 'none' };

const all: readonly Credentials[] = grants.flatMap((grant) =>
  customerTokens.map((customerToken) => ({ grant, customerToken })),
);

/** What comes of a good request: it is taken, it finds nothing of the owner's, or it is refused with this code. */
export type Verdict =
  | 'taken'
  | 'nothing of the owner'
  | 'not found'
  | Extract<ErrorCode, 'forbidden' | 'customer_forbidden' | 'customer_token_invalid'>;

/** By what the route declares, and nothing else: its permission, the matrix of permissions, and whether it looks at the header. */
export function verdictOn(route: DocumentedRoute, path: string, { grant, customerToken }: Credentials): Verdict {
  const { permission, looksAtCustomerToken } = route;
  if (permission === null) return 'taken';
  const narrows = looksAtCustomerToken && customerToken !== 'none';
  if (narrows && customerToken === 'forged') return 'customer_token_invalid';
  const isStranger = narrows && customerToken === 'of another customer';
  if (isStranger && path.includes('{customerId}')) return 'customer_forbidden';
  const credential: Credential = narrows ? 'customer' : grant;
  const admitted: readonly Credential[] = permissionMatrix[permission];
  if (!admitted.includes(credential)) return 'forbidden';
  if (!isStranger) return 'taken';
  return path.includes('{') ? 'not found' : 'nothing of the owner';
}

/** The credentials on which a route gives one of these verdicts. */
export function credentialsFor(route: DocumentedRoute, path: string, verdicts: readonly Verdict[]): Credentials[] {
  return all.filter((credentials) => verdicts.includes(verdictOn(route, path, credentials)));
}
