import { SignInRefused } from '../errors/sign-in-refusal.js';
import { CLOCK_TOLERANCE_SECONDS, isTime, optionalClaim, readSignedToken, type SignedToken } from './signed-token.js';

/** A JWT, and none of the kinds that say otherwise, such as access and logout tokens. */
// check: sign-in: type of signed userinfo
const TYPE = /^(?:application\/)?(?:userinfo\+)?jwt$/i;

export interface UserinfoExpectations {
  readonly issuer: string;
  readonly clientId: string;
  readonly algs: readonly string[];
  readonly nowSeconds: number;
}

/** Whether an answer of the userinfo endpoint says that it is signed (OpenID Connect Core, section 5.3.2). */
export function isSignedUserinfo(response: Response): boolean {
  const [mediaType = ''] = (response.headers.get('content-type') ?? '').split(';');
  return mediaType.trim().toLowerCase() === 'application/jwt';
}

/**
 * Looks at everything in signed userinfo that can be judged without a key (section 5.3.2), but for the subject: it "MUST contain
 * the Claims iss (issuer) and aud (audience) as members", or what was signed for others could be passed off as ours.
 *
 * @throws SignInRefused `userinfo_invalid`
 */
export function checkSignedUserinfo(
  text: string,
  { issuer, clientId, algs, nowSeconds }: UserinfoExpectations,
): SignedToken {
  const token = read(text, algs);
  const { claims } = token;
  // check: sign-in: issuer of signed userinfo
  if (claims['iss'] !== issuer) refuse('iss');
  const audiences: unknown[] = [claims['aud']].flat();
  // check: sign-in: audience of signed userinfo
  if (!audiences.includes(clientId)) refuse('aud');
  const [exp, nbf] = [optionalClaim(claims, 'exp'), optionalClaim(claims, 'nbf')];
  if (exp !== undefined && (!isTime(exp) || exp <= nowSeconds - CLOCK_TOLERANCE_SECONDS)) refuse('exp');
  if (nbf !== undefined && (!isTime(nbf) || nbf > nowSeconds + CLOCK_TOLERANCE_SECONDS)) refuse('nbf');
  return token;
}

function read(text: string, algs: readonly string[]): SignedToken {
  try {
    return readSignedToken(text, { algs, type: TYPE });
  } catch (cause) {
    if (!(cause instanceof SignInRefused)) throw cause;
    throw new SignInRefused('userinfo_invalid', {
      cause,
      ...(cause.claim === undefined ? {} : { claim: cause.claim }),
    });
  }
}

function refuse(claim: string): never {
  throw new SignInRefused('userinfo_invalid', { claim });
}
