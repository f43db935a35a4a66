export const INFO = {
  title: 'Gatehouse',
  version: '2.0.0',
  summary: 'Customers, customer tokens, addresses, orders and single sign-on for commerce back ends.',
  description: [
    'The Moltin / Elastic Path v2 interface, as Gatehouse answers it.',
    '',
    'A storefront sends an access token of the grant `implicit`, and the customer token of whoever is logged in; a back end sends',
    'one of the grant `client_credentials`. A customer token narrows a request to its customer, whatever the access token is.',
    'Members of a body that are not documented are ignored, but for customers, where they are kept when they come with client',
    'credentials. Text with a NUL or half of a surrogate pair is refused everywhere.',
    '',
    'Every path also answers `HEAD` where it answers `GET`, but for the two where a look would be a step of a sign-in. Beside what',
    'stands with an operation, the same envelope comes with `404` `route_not_found`, `405` `method_not_allowed` (and `Allow`), and `408`',
    '`request_timeout`. The OAuth endpoints take JSON too.',
  ].join('\n'),
  license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
};

/** The first that fits a path names the chapter in which the path stands. */
export const TAGS: readonly { readonly path: RegExp; readonly name: string; readonly description: string }[] = [
  { path: /^\/oauth\//, name: 'Access tokens', description: 'Tokens of application keys: RFC 6749, RFC 7662.' },
  { path: /^\/v2\/customers\/tokens$/, name: 'Customer tokens', description: 'Logging customers in.' },
  { path: /\/addresses/, name: 'Addresses', description: 'The address book of a customer.' },
  { path: /^\/v2\/customers/, name: 'Customers', description: 'Who buys.' },
  { path: /^\/v2\/orders/, name: 'Orders', description: 'Mirrors of orders that are kept elsewhere.' },
  {
    path: /^\/v2\/(authentication-realms|settings\/customer-authentication)/,
    name: 'Single sign-on: settings',
    description: 'Realms, OpenID Connect profiles, and who is known by which identity.',
  },
  {
    path: /^\/oidc-idp\//,
    name: 'Single sign-on: the way of the browser',
    description: 'Where browsers are sent to, and come back to.',
  },
  { path: /^\/v2\/settings\/store/, name: 'Store settings', description: 'What a store may choose.' },
  { path: /^\/v2\/application-keys/, name: 'Application keys', description: 'The OAuth clients of a store.' },
  { path: /./, name: 'Service', description: 'Keys, metadata, probes and this document.' },
];

const text = { type: 'string' };

export const HEADERS = {
  'X-Request-Id': {
    description: 'The id of the request in the log: the one that the caller sent, or a new one.',
    required: true,
    schema: { type: 'string', pattern: '^[A-Za-z0-9._-]{1,64}$' },
  },
  'Cache-Control': { description: 'Nobody may keep the answer.', required: true, schema: { const: 'no-store' } },
  'Public-Cache-Control': {
    description: 'The answer is the same for everybody, and may be kept for a while.',
    required: true,
    schema: { type: 'string', pattern: '^public, max-age=[0-9]+$' },
  },
  'Retry-After': {
    description: 'After how many seconds to try again.',
    schema: { type: 'string', pattern: '^[0-9]+$' },
  },
  'Accept-Encoding': {
    description: 'Where the body had a content coding: the one that is taken (RFC 9110 section 15.5.16).',
    schema: { const: 'identity' },
  },
  ETag: {
    description: 'The version of the order, for `If-Match`.',
    required: true,
    schema: { type: 'string', pattern: '^"[^"]+"$' },
  },
  Location: {
    description: 'Where the browser goes next.',
    required: true,
    schema: { type: 'string', pattern: '^https?://' },
  },
  'Set-Cookie': { description: 'Binds the sign-in to this browser.', schema: text },
  'WWW-Authenticate': {
    description: 'RFC 6750 section 3.',
    required: true,
    schema: { type: 'string', pattern: '^Bearer realm=' },
  },
  'Basic-WWW-Authenticate': {
    description: 'Where the client tried HTTP Basic (RFC 6749 section 5.2).',
    schema: { type: 'string', pattern: '^Basic realm=' },
  },
};

export const SECURITY_SCHEMES = {
  accessToken: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description:
      'From `POST /oauth/access_token`. Its grant, and what the application key may do, decide what is answered.',
  },
  customerToken: {
    type: 'apiKey',
    in: 'header',
    name: 'X-Moltin-Customer-Token',
    description: 'From `POST /v2/customers/tokens`. Always together with an access token.',
  },
  clientSecret: {
    type: 'http',
    scheme: 'basic',
    description: 'Client id and secret of an application key; they may stand in the form instead.',
  },
};
