import { z } from 'zod';
import { named } from '../jsonapi/named.js';
import { grants } from './permissions.js';

const CLIENT_TEXT_LENGTH_MAX = 1_024;

/** How clients prove themselves in a form, where they do not by HTTP Basic (RFC 6749 section 2.3.1). */
export const clientMembers = {
  client_id: z
    .string()
    .max(CLIENT_TEXT_LENGTH_MAX)
    .optional()
    .describe('Of an application key; left out with HTTP Basic.'),
  client_secret: z
    .string()
    .max(CLIENT_TEXT_LENGTH_MAX)
    .optional()
    .describe('Needed for `client_credentials`; left out with HTTP Basic.'),
};

/** Documentation of the form: it is read by `OauthController`, which answers in the words of RFC 6749. */
export const AccessTokenRequest = named(
  'AccessTokenRequest',
  'Which kind of token, and for which client.',
  z.object({ grant_type: z.enum(grants), ...clientMembers }),
);

export const AccessTokenResponse = named(
  'AccessToken',
  'An access token. Flat: every client of this interface reads it so.',
  z.strictObject({
    access_token: z.string(),
    token_type: z.literal('Bearer'),
    identifier: z.enum(grants).describe('The grant type.'),
    expires: z.int().describe('Seconds since the epoch.'),
    expires_in: z.int().describe('Seconds.'),
  }),
);
export type AccessTokenResponse = z.output<typeof AccessTokenResponse>;
