/**
 * Every failure that a client can see, by its stable `code`: HTTP status, title, and the detail that is used where the place of
 * the failure knows nothing better. Clients show `detail` to people, so each one is a sentence.
 */
export interface CatalogEntry {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  /** RFC 6749 section 5.2, RFC 7662 section 2.3: answered beside `errors` at the OAuth endpoints. */
  readonly oauthError?: string;
}

export const errorCatalog = {
  // The request itself
  body_malformed: { status: 400, title: 'Bad Request', detail: 'The body could not be read as JSON.' },
  query_malformed: { status: 400, title: 'Bad Request', detail: 'The query string could not be read.' },
  request_malformed: { status: 400, title: 'Bad Request', detail: 'The request could not be read.' },
  page_invalid: { status: 400, title: 'Bad Request', detail: 'The page parameters are not valid.' },
  filter_unsupported: { status: 400, title: 'Bad Request', detail: 'Could not parse the supplied filter' },
  sort_unsupported: { status: 400, title: 'Bad Request', detail: 'Could not parse the supplied sort' },
  member_invalid: { status: 400, title: 'Bad Request', detail: 'A member of the body is not valid.' },
  validation_failed: { status: 422, title: 'Failed Validation', detail: 'A member of the body is not valid.' },
  route_not_found: { status: 404, title: 'Not Found', detail: 'The requested route could not be found' },
  method_not_allowed: { status: 405, title: 'Method Not Allowed', detail: 'This route does not take that method.' },
  request_timeout: { status: 408, title: 'Request Timeout', detail: 'The request did not arrive in time.' },
  body_too_large: { status: 413, title: 'Payload Too Large', detail: 'The body is larger than this route takes.' },
  media_type_unsupported: { status: 415, title: 'Unsupported Media Type', detail: 'The body must be JSON.' },
  headers_too_large: {
    status: 431,
    title: 'Request Header Fields Too Large',
    detail: 'The request line or its headers are too large.',
  },

  // Tokens and rights
  access_token_invalid: {
    status: 401,
    title: 'Unable to validate access token',
    detail: 'The access token is missing, unknown or expired.',
  },
  forbidden: { status: 403, title: 'Forbidden', detail: 'This token does not allow the requested operation.' },
  customer_token_invalid: { status: 403, title: 'Forbidden', detail: 'The customer token supplied is not valid.' },
  customer_forbidden: {
    status: 403,
    title: 'Forbidden',
    detail: 'The customer token supplied does not belong to the requested customer.',
  },
  credentials_invalid: { status: 404, title: 'Not Found', detail: 'No customer matches this email and password.' },
  current_password_invalid: { status: 403, title: 'Forbidden', detail: 'The current password is not right.' },

  grant_invalid: {
    status: 400,
    title: 'Bad Request',
    detail: 'The authorization code, the redirect URI or the code verifier is not valid.',
  },

  // The OAuth endpoints
  oauth_request_invalid: {
    status: 400,
    title: 'Bad Request',
    detail: 'A parameter is missing, repeated or not valid.',
    oauthError: 'invalid_request',
  },
  oauth_grant_unsupported: {
    status: 400,
    title: 'Bad Request',
    detail: 'The grant_type must be implicit or client_credentials.',
    oauthError: 'unsupported_grant_type',
  },
  oauth_client_unauthorized: {
    status: 400,
    title: 'Bad Request',
    detail: 'This client may not use that grant type.',
    oauthError: 'unauthorized_client',
  },
  oauth_client_invalid: {
    status: 401,
    title: 'Unauthorized',
    detail: 'The client is unknown or its secret is not right.',
    oauthError: 'invalid_client',
  },
  oauth_client_forbidden: {
    status: 403,
    title: 'Forbidden',
    detail: 'This client may not introspect tokens.',
    oauthError: 'access_denied',
  },

  // Resources
  customer_not_found: { status: 404, title: 'Not Found', detail: 'The requested customer could not be found' },
  resource_not_found: { status: 404, title: 'Not Found', detail: 'Resource not found' },
  address_not_found: { status: 404, title: 'Not Found', detail: 'The requested address could not be found' },
  order_not_found: { status: 404, title: 'Not Found', detail: 'Order not found' },
  email_taken: { status: 409, title: 'Duplicate email', detail: 'This email is already in use by another customer.' },
  email_ambiguous: { status: 409, title: 'Conflict', detail: 'More than one customer has this email.' },
  user_exists: { status: 409, title: 'Conflict', detail: 'This customer is a user of the realm already.' },
  identity_taken: {
    status: 409,
    title: 'Conflict',
    detail: 'This issuer and subject belong to a user of the realm already.',
  },
  oidc_profile_in_use: {
    status: 409,
    title: 'Conflict',
    detail: 'Users log in through this profile. Delete it with ?force=true to remove their identities and tokens too.',
  },
  id_taken: { status: 409, title: 'Conflict', detail: 'This id is already in use.' },
  precondition_failed: {
    status: 412,
    title: 'Precondition Failed',
    detail: 'The order was written since the version that If-Match names. Read it again.',
  },
  anonymization_refused: {
    status: 422,
    title: 'Could not anonymize orders',
    detail: 'Only fulfilled or refunded or cancelled orders may be anonymized.',
  },
  write_conflict: { status: 409, title: 'Conflict', detail: 'Write conflict detected' },
  address_limit_reached: {
    status: 422,
    title: 'Unprocessable Entity',
    detail: 'This customer has as many addresses as the store allows.',
  },

  constraint_violated: { status: 422, title: 'Unprocessable Entity', detail: 'Constraint violation' },
  discovery_failed: {
    status: 422,
    title: 'Unprocessable Entity',
    detail: 'The discovery document of the provider could not be used.',
  },

  // The service
  internal_error: {
    status: 500,
    title: 'Internal Server Error',
    detail: 'The service failed. Quote the request id when you report this.',
  },
  overloaded: { status: 503, title: 'Service Unavailable', detail: 'The service is busy. Try again shortly.' },
  unavailable: { status: 503, title: 'Service Unavailable', detail: 'The service is not ready. Try again shortly.' },
} as const satisfies Record<string, CatalogEntry>;

export type ErrorCode = keyof typeof errorCatalog;
