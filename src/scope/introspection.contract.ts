import { z } from 'zod';
import { clientMembers } from '../access/oauth.contract.js';
import { uuid } from '../jsonapi/answer-members.js';
import { named } from '../jsonapi/named.js';

/** Documentation of the form, which `IntrospectionController` reads. */
export const IntrospectionRequest = named(
  'IntrospectionRequest',
  'The token that is asked about (RFC 7662 section 2.1).',
  z.object({ token: z.string().min(1), token_type_hint: z.string().optional(), ...clientMembers }),
);

export const ActiveToken = named(
  'ActiveToken',
  'A token that is good now: the claims of RFC 7662 section 2.2, and what kind of token it is. No personal data.',
  z.strictObject({
    active: z.literal(true),
    token_type: z.literal('Bearer').exactOptional().describe('Of access tokens.'),
    client_id: z.string().exactOptional().describe('Of access tokens.'),
    iss: z.string(),
    aud: uuid.describe('The store’s id.'),
    sub: z.string(),
    jti: uuid,
    iat: z.int(),
    exp: z.int(),
    token_use: z.enum(['access', 'customer']),
  }),
);
export type ActiveToken = z.output<typeof ActiveToken>;

export const InactiveToken = named(
  'InactiveToken',
  'A token that is not good, or not of the caller’s store, is that and nothing more.',
  z.strictObject({ active: z.literal(false) }),
);

export const Introspection = z.union([ActiveToken, InactiveToken]);
export type Introspection = z.output<typeof Introspection>;
