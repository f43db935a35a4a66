import { type SignInRefusalReason, SignInRefused } from '../errors/sign-in-refusal.js';

/** How far an exchange has come when something goes wrong. */
export type Stage = 'response' | 'token' | 'userinfo';

/** Codes of openid-client's errors. */
/** By its body, or by a `WWW-Authenticate` header, as after a refused client secret (RFC 6749 section 5.2). */
const ANSWER_IS_AN_ERROR = ['OAUTH_RESPONSE_BODY_ERROR', 'OAUTH_WWW_AUTHENTICATE_CHALLENGE'];
const ATTRIBUTE_DIFFERS = 'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED';
const STATUS_IS_ANOTHER = 'OAUTH_RESPONSE_IS_NOT_CONFORM';
const BODY_IS_NO_JSON = new Set(['OAUTH_PARSE_ERROR', 'OAUTH_RESPONSE_IS_NOT_JSON']);

interface LibraryError {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly cause?: unknown;
}

/**
 * Why openid-client refused, in our words. What our own checks and calls threw within comes out as it was. An error that is not
 * the library's is a failure of ours and comes out too.
 */
export function libraryRefusal(error: unknown, stage: Stage): unknown {
  const layers: LibraryError[] = [];
  for (let layer = error; typeof layer === 'object' && layer !== null && layers.length < 6;) {
    if (layer instanceof SignInRefused) return layer;
    layers.push(layer);
    layer = (layer as LibraryError).cause;
  }
  const codes = layers.map(({ code }) => code).filter((code) => typeof code === 'string');
  const isLibrarys =
    codes.some((code) => code.startsWith('OAUTH_')) || layers.some(({ name }) => name === 'ClientError');
  if (!isLibrarys) return error;
  return new SignInRefused(reasonOf(codes, stage), { cause: error });
}

function reasonOf(codes: readonly string[], stage: Stage): SignInRefusalReason {
  const isAnError = ANSWER_IS_AN_ERROR.some((code) => codes.includes(code));
  switch (stage) {
    case 'response':
      return isAnError ? 'token_request_refused' : 'response_invalid';
    case 'token':
      if (isAnError) return 'token_request_refused';
      if (codes.includes(STATUS_IS_ANOTHER)) return 'provider_status';
      return 'token_response_invalid';
    case 'userinfo':
      if (codes.includes(ATTRIBUTE_DIFFERS)) return 'userinfo_subject_mismatch';
      if (isAnError || codes.includes(STATUS_IS_ANOTHER)) return 'provider_status';
      return codes.some((code) => BODY_IS_NO_JSON.has(code)) ? 'provider_answer_malformed' : 'userinfo_invalid';
  }
}
