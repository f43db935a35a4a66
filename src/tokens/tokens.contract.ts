import { z } from 'zod';
import { PasswordText } from '../customers/customers.contract.js';
import type { AuthenticationMechanism } from '../generated/prisma/enums.js';
import { requestBody, typeMember } from '../jsonapi/request-body.js';
import type { IssuedCustomerToken } from '../sessions/customer-tokens.js';

const PasswordLogin = z.object({
  type: typeMember('token'),
  authentication_mechanism: z.literal('password'),
  email: z.string().min(1).max(1_024),
  password: PasswordText.min(1),
});

const OAUTH_TEXT_LENGTH_MAX = 2_048;
const oauthText = z.string().min(1).max(OAUTH_TEXT_LENGTH_MAX);

/** The grammar of code and verifier is not looked at here: a wrong one is a wrong grant, and one answer for all of those. */
const OidcLogin = z.object({
  type: typeMember('token'),
  authentication_mechanism: z.literal('oidc'),
  oauth_authorization_code: oauthText,
  oauth_redirect_uri: oauthText,
  oauth_code_verifier: oauthText,
});
export type OidcLogin = z.output<typeof OidcLogin>;

/** One variant for each mechanism. A body that names none means `password`, as older clients do. */
export const CreateCustomerToken = requestBody(
  'failed_validation',
  z.preprocess(withDefaultMechanism, z.discriminatedUnion('authentication_mechanism', [PasswordLogin, OidcLogin])),
);
export type CreateCustomerToken = z.output<typeof CreateCustomerToken>;

function withDefaultMechanism(data: unknown): unknown {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return data;
  const { authentication_mechanism: mechanism } = data as { authentication_mechanism?: AuthenticationMechanism | null };
  return { ...data, authentication_mechanism: mechanism ?? 'password' };
}

export interface CustomerTokenResource {
  type: 'token';
  /** The token's `jti`. */
  id: string;
  customer_id: string;
  /** A signed JWT (RFC 7519), for the header `X-Moltin-Customer-Token`. */
  token: string;
  /** Seconds since the epoch. */
  expires: number;
}

export function toCustomerTokenResource(issued: IssuedCustomerToken): CustomerTokenResource {
  return {
    type: 'token',
    id: issued.tokenId,
    customer_id: issued.customerId,
    token: issued.token,
    expires: issued.expires,
  };
}
