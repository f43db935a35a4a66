import { z } from 'zod';
import { PasswordText } from '../customers/customers.contract.js';
import { uuid } from '../jsonapi/answer-members.js';
import { named } from '../jsonapi/named.js';
import { requestBody, typeMember } from '../jsonapi/request-body.js';
import type { IssuedCustomerToken } from '../sessions/customer-tokens.js';

const PasswordLogin = z.object({
  type: typeMember('token'),
  authentication_mechanism: z
    .literal('password')
    .nullish()
    .transform(() => 'password' as const),
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
export const CreateCustomerToken = named(
  'CreateCustomerToken',
  'Who logs in, and by which mechanism; none means `password`.',
  requestBody('failed_validation', z.discriminatedUnion('authentication_mechanism', [PasswordLogin, OidcLogin])),
);
export type CreateCustomerToken = z.output<typeof CreateCustomerToken>;

export const CustomerTokenResource = named(
  'CustomerToken',
  'A customer token and the customer whom it stands for.',
  z.strictObject({
    type: z.literal('token'),
    id: uuid.describe('The `jti` of the token.'),
    customer_id: uuid,
    token: z.string().describe('A signed JWT (RFC 7519), for the header `X-Moltin-Customer-Token`.'),
    expires: z.int().describe('Seconds since the epoch.'),
  }),
);
export type CustomerTokenResource = z.output<typeof CustomerTokenResource>;

export function toCustomerTokenResource(issued: IssuedCustomerToken): CustomerTokenResource {
  return {
    type: 'token',
    id: issued.tokenId,
    customer_id: issued.customerId,
    token: issued.token,
    expires: issued.expires,
  };
}
