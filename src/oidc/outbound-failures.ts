import type { SignInRefusalReason } from '../errors/sign-in-refusal.js';
import { CallFailed } from './call-failed.js';

/** What is told about a call by the code of the error that ended it; every other code means that nobody was reached. */
const REASONS: readonly (readonly [SignInRefusalReason, RegExp])[] = [
  ['provider_timeout', /^(UND_ERR_(CONNECT|HEADERS|BODY)_TIMEOUT|ETIMEDOUT|ETIMEOUT|ECANCELLED)$/],
  ['provider_answer_too_large', /^(UND_ERR_RES_EXCEEDED_MAX_SIZE|UND_ERR_HEADERS_OVERFLOW|ERR_BUFFER_TOO_LARGE)$/],
  ['provider_answer_malformed', /^(HPE_.*|HTTPParserError|UND_ERR_RES_CONTENT_LENGTH_MISMATCH)$/],
];

/**
 * The failure that an error of the HTTP client stands for. Its cause is the bare code of that error, such as `ECONNREFUSED`:
 * the error itself may hold bytes of the answer and addresses.
 *
 * @param otherwise of an error whose code says nothing special
 */
export function failureOf(error: unknown, otherwise: SignInRefusalReason): CallFailed {
  const errors = withCauses(error);
  const known = errors.find((each) => each instanceof CallFailed);
  if (known !== undefined) return known;
  const codes = errors.flatMap(codeOf);
  const [code] = codes;
  const reason = REASONS.find(([, pattern]) => codes.some((each) => pattern.test(each)))?.[0] ?? otherwise;
  return new CallFailed(reason, code === undefined ? {} : { cause: new Error(code) });
}

/** The parser's errors have a code or, for some faults, a name only. */
function codeOf({ code, name }: NodeJS.ErrnoException): string[] {
  if (typeof code === 'string') return [code];
  return name === 'HTTPParserError' ? [name] : [];
}

/** An error, the errors that it gathers (one for each address that was tried) and what caused them. */
function withCauses(error: unknown): Error[] {
  if (!(error instanceof Error)) return [];
  const inner = error instanceof AggregateError ? (error.errors as unknown[]) : [];
  return [error, ...[...inner, error.cause].flatMap(withCauses)];
}
