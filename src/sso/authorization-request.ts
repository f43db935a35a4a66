import { SignInRefused } from '../errors/sign-in-refusal.js';
import type { RawQuery } from '../jsonapi/page.js';
import type { ForwardedParameters } from '../oidc/oidc-client.js';
import { CUSTOMERS_CLIENT_ID } from '../realms/customer-authentication.contract.js';
import { PROFILE_PARAMETER } from '../realms/sso-urls.js';
import type { StorefrontRequest } from './sign-in-flows.js';
import type { StorefrontError } from './storefront-errors.js';
import type { StorefrontReturn } from './storefront-redirect.js';

const STATE_LENGTH_MAX = 2_048;
const FORWARDED_LENGTH_MAX = 1_024;
const FORWARDED = ['prompt', 'display', 'ui_locales', 'login_hint'] as const;
/** The form of a SHA-256 in base64url, the only one that `S256` makes (RFC 7636 section 4.2). */
const CODE_CHALLENGE = /^[A-Za-z0-9_-]{43}$/;
/** What may stand in a query as it is; the rest of a state that a client left unencoded is encoded for it. */
const NOT_FOR_A_QUERY = /[^A-Za-z0-9\-._~%!$'()*+,;:@/?=]/gu;

/** A fault of a request that names nowhere safe to go back to. */
export class UnsafeRequest extends SignInRefused {
  constructor(
    readonly field: string,
    readonly value: unknown,
  ) {
    super('parameter_invalid', { claim: field });
  }
}

/** A fault that the storefront is told about by a redirect (RFC 6749 section 4.1.2.1). */
export class FaultyRequest extends SignInRefused {
  constructor(
    field: string,
    readonly back: StorefrontReturn,
    readonly told: StorefrontError,
  ) {
    super('parameter_invalid', { claim: field });
  }
}

export interface AuthorizationRequest {
  readonly storefront: StorefrontRequest;
  readonly forwarded: ForwardedParameters;
}

/** @throws UnsafeRequest when it is no single text */
export function readProfileParameter(query: RawQuery): string {
  return singleText(query, PROFILE_PARAMETER);
}

/**
 * Reads what a storefront asks of the authorization endpoint (OpenID Connect Core, section 3.1.2.1; RFC 7636 section 4.3). Until
 * the redirect URI is known to be registered, no fault goes anywhere but into the answer itself: an endpoint that redirects to
 * whatever it is told is a tool for phishing.
 *
 * @param rawQuery as it came: the state is handed back the way it was encoded
 * @throws UnsafeRequest, FaultyRequest
 */
export function readAuthorizationRequest(
  query: RawQuery,
  rawQuery: string,
  redirectUris: readonly string[],
): AuthorizationRequest {
  const clientId = singleText(query, 'client_id');
  if (clientId !== CUSTOMERS_CLIENT_ID) throw new UnsafeRequest('client_id', clientId);
  const redirectUri = singleText(query, 'redirect_uri');
  // Byte for byte (RFC 9700 section 2.1): every looser comparison has been used to steal codes.
  // check: sign-in: registered redirect URIs
  const isRegistered = redirectUris.includes(redirectUri);
  if (!isRegistered) throw new UnsafeRequest('redirect_uri', redirectUri);

  const back = { redirectUri, state: readState(query, rawQuery) };
  const fault = (field: string, error: string, description: string) =>
    new FaultyRequest(field, back, { error, description });
  const optionalText = (name: string): string | undefined => {
    const value = query[name];
    if (value === undefined || typeof value === 'string') return value;
    throw fault(name, 'invalid_request', `${name} must be given once`);
  };

  if (back.state === null)
    throw fault('state', 'invalid_request', `state must be given once, with at most ${STATE_LENGTH_MAX} characters`);
  if (query['request'] !== undefined) throw fault('request', 'request_not_supported', 'request is not supported');
  if (query['request_uri'] !== undefined) {
    throw fault('request_uri', 'request_uri_not_supported', 'request_uri is not supported');
  }
  const responseType = optionalText('response_type');
  if (!responseType) throw fault('response_type', 'invalid_request', 'response_type is required');
  if (responseType !== 'code') throw fault('response_type', 'unsupported_response_type', 'response_type must be code');
  const responseMode = optionalText('response_mode');
  if (responseMode && responseMode !== 'query')
    throw fault('response_mode', 'invalid_request', 'response_mode must be query');
  // Forms write a blank as a plus.
  const scopes = (optionalText('scope') ?? '').split(/[ +]/);
  if (!scopes.includes('openid')) throw fault('scope', 'invalid_scope', 'scope must contain openid');
  const codeChallenge = optionalText('code_challenge') ?? '';
  if (!CODE_CHALLENGE.test(codeChallenge)) {
    throw fault(
      'code_challenge',
      'invalid_request',
      'code_challenge must be the SHA-256 of the code verifier in base64url',
    );
  }
  const challengeMethod = optionalText('code_challenge_method');
  // Absent means `plain` (RFC 7636 section 4.3), which shows the verifier to whoever sees this request.
  // check: sign-in: S256 only
  if (challengeMethod !== 'S256') {
    throw fault('code_challenge_method', 'invalid_request', 'code_challenge_method must be S256');
  }
  // Read anew, as forms are encoded: there a plus is a blank.
  const form = new URLSearchParams(rawQuery);
  const forwarded = Object.fromEntries(
    FORWARDED.flatMap((name) => {
      const value = optionalText(name) && form.get(name);
      if (!value) return [];
      if (value.length > FORWARDED_LENGTH_MAX) throw fault(name, 'invalid_request', `${name} is too long`);
      return [[name, value]];
    }),
  );
  const reportCallbackReplay = optionalText('ep_report_callback_replay_error') === 'true';
  const storefront = { back: { redirectUri, state: back.state }, codeChallenge, reportCallbackReplay };
  return { storefront, forwarded };
}

function singleText(query: RawQuery, name: string): string {
  const value = query[name];
  if (typeof value !== 'string' || value === '') throw new UnsafeRequest(name, value);
  return value;
}

/** Null where it is missing, given twice or too long. */
function readState(query: RawQuery, rawQuery: string): string | null {
  const state = query['state'];
  if (typeof state !== 'string' || state === '' || state.length > STATE_LENGTH_MAX) return null;
  const raw = rawQuery.split('&').find((pair) => pair.startsWith('state='));
  // Its name was written in another way: then the text is encoded here.
  if (raw === undefined) return encodeURIComponent(state);
  return raw.slice('state='.length).replace(NOT_FOR_A_QUERY, (character) => encodeURIComponent(character));
}
