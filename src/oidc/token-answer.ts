import { SignInRefused } from '../errors/sign-in-refusal.js';
import { CallFailed } from './call-failed.js';

/** What a token endpoint answered (RFC 6749 section 5, OpenID Connect Core section 3.1.3.3). */
export interface TokenAnswer {
  /** Not looked at yet. Absent where the answer is an error. */
  readonly idToken: unknown;
  /** The rest for the library: what is used here and nothing else, so that nothing else can be at fault. */
  readonly rest: Response;
}

/**
 * Looks into the token answer before the library does.
 *
 * @throws CallFailed when it is not what a token endpoint answers at all; SignInRefused `token_response_invalid`,
 *   `id_token_missing`
 */
export async function readTokenAnswer(response: Response): Promise<TokenAnswer> {
  let answer: unknown;
  try {
    answer = await response.json();
  } catch {
    // The parser's error quotes the text.
    throw new CallFailed(response.status === 200 ? 'provider_answer_malformed' : 'provider_status');
  }
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) {
    throw new CallFailed('provider_answer_malformed');
  }
  const { status, headers } = response;
  const { id_token: idToken, access_token, token_type, error } = answer as Readonly<Record<string, unknown>>;
  if (status !== 200) return { idToken: undefined, rest: jsonOf({ error }, status, headers.get('www-authenticate')) };
  // A token of a kind that we do not understand must not be used as a bearer token (RFC 6749 section 7.1).
  if (typeof token_type === 'string' && token_type.toLowerCase() !== 'bearer') {
    throw new SignInRefused('token_response_invalid', { claim: 'token_type' });
  }
  if (idToken === undefined) throw new SignInRefused('id_token_missing', { claim: 'id_token' });
  return { idToken, rest: jsonOf({ access_token, token_type }, status, null) };
}

/** Texts only: whatever else these members hold is as good as nothing to the library. */
function jsonOf(members: Readonly<Record<string, unknown>>, status: number, challenge: string | null): Response {
  const texts = Object.fromEntries(Object.entries(members).filter(([, value]) => typeof value === 'string'));
  return Response.json(texts, {
    status,
    ...(challenge === null ? {} : { headers: { 'www-authenticate': challenge } }),
  });
}
