import { AppError } from '../../src/errors/app-error.js';

export const UNPARSABLE = { code: 'filter_unsupported', details: ['Could not parse the supplied filter'] };
export const UNSUPPORTED_CHARACTERS = {
  code: 'filter_unsupported',
  details: ['The supplied filter contained unsupported characters'],
};

/** What a client is told when the work refuses what it was given; null when it does not. */
export function refusalOf(work: () => unknown): { code: string; details: string[] } | null {
  try {
    work();
    return null;
  } catch (cause) {
    if (!(cause instanceof AppError)) throw cause;
    return { code: cause.code, details: cause.entries.map(({ detail }) => detail) };
  }
}
