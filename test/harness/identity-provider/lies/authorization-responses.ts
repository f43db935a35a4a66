import type { Deviation, Lie, World } from '../deviation.js';
import { lies } from '../lie.js';

/** Changes the parameters that the browser brings back. */
function query(change: (parameters: URLSearchParams, world: World) => void): Deviation {
  return {
    redirect: (honest, world) => {
      const url = new URL(honest);
      change(url.searchParams, world);
      return url;
    },
  };
}

const issuerNotPromised = { metadata: { authorization_response_iss_parameter_supported: false } };
const otherIssuer = query((parameters) => parameters.set('iss', 'https://other.example.test'));

/** What the browser brings back (RFC 6749 section 4.1.2, RFC 9207), with a state that names a sign-in. */
export const responseLies: readonly Lie[] = lies('access_denied', {
  'the issuer of another in the redirect': ['response_issuer_mismatch', otherIssuer],
  'the issuer of another in the redirect, none being promised': [
    'response_issuer_mismatch',
    otherIssuer,
    issuerNotPromised,
  ],
  'an empty issuer in the redirect': ['response_issuer_mismatch', query((parameters) => parameters.set('iss', ''))],
  'an issuer with a slash at its end in the redirect': [
    'response_issuer_mismatch',
    query((parameters, { issuer }) => parameters.set('iss', `${issuer}/`)),
  ],
  'no issuer in the redirect though promised': [
    'response_issuer_missing',
    query((parameters) => parameters.delete('iss')),
  ],
  'two issuers in the redirect': [
    'response_invalid',
    query((parameters) => parameters.append('iss', 'https://other.example.test')),
  ],
  'the same issuer twice in the redirect': [
    'response_invalid',
    query((parameters, { issuer }) => parameters.append('iss', issuer)),
  ],
  'two codes': ['response_invalid', query((parameters) => parameters.append('code', 'another'))],
  'no code': ['response_invalid', query((parameters) => parameters.delete('code'))],
  'an empty code': ['response_invalid', query((parameters) => parameters.set('code', ''))],
  'a code of 8,193 characters': ['response_invalid', query((parameters) => parameters.set('code', 'x'.repeat(8_193)))],
  'a code with a control character': ['response_invalid', query((parameters) => parameters.set('code', 'x\u007f'))],
  'an ID token beside the code': [
    'response_invalid',
    query((parameters) => parameters.set('id_token', 'eyJhbGciOiJub25lIn0.e30.')),
  ],
  'an access token beside the code': ['response_invalid', query((parameters) => parameters.set('token', 'abc'))],
  'an answer in a JWT beside the code': [
    'response_invalid',
    query((parameters) => parameters.set('response', 'eyJhbGciOiJub25lIn0.e30.')),
  ],
  'a refusal beside the code': ['provider_error', query((parameters) => parameters.set('error', 'access_denied'))],
});

/** Errors that the storefront must not be told in the provider's words. */
export const errorLies: readonly Lie[] = lies('server_error', {
  'an error of its own making': [
    'provider_error',
    query((parameters) => {
      parameters.delete('code');
      parameters.set('error', '<script>alert(1)</script>');
      parameters.set('error_description', '<script>alert(1)</script>');
    }),
  ],
  'an error that speaks for us': ['provider_error', query((parameters) => parameters.set('error', 'invalid_request'))],
});

/** The same with no state that names a sign-in of this browser: there is nowhere to send it. */
export const stateLies: readonly Lie[] = lies('page', {
  'no state': ['state_missing', query((parameters) => parameters.delete('state'))],
  'an empty state': ['state_missing', query((parameters) => parameters.set('state', ''))],
  'another state': ['state_unknown', query((parameters) => parameters.set('state', 'a'.repeat(43)))],
  'a state with one character more': [
    'state_unknown',
    query((parameters) => parameters.set('state', `${parameters.get('state') ?? ''}a`)),
  ],
  'two states': ['state_missing', query((parameters) => parameters.append('state', 'another'))],
  'the answer in the fragment': [
    'state_missing',
    {
      redirect: (honest) => {
        const url = new URL(honest);
        url.hash = url.search.slice(1);
        url.search = '';
        return url;
      },
    },
  ],
});
