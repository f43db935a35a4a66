import type { z } from 'zod';
import { AppError } from '../errors/app-error.js';
import { faultsOf, validationError } from '../jsonapi/faults.js';
import { UsageError } from './command-line.js';

/**
 * Checks what the options ask for by the very rules of the HTTP interface.
 *
 * @param schema of a request body
 * @throws UsageError with the first fault, in words of the command line
 */
export function readOptions<Output>(schema: z.ZodType<Output>, data: Readonly<Record<string, unknown>>): Output {
  const body = { data };
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const { entries } = validationError('failed_validation', faultsOf(result.error, body));
  throw new UsageError(asOption(entries[0]?.detail ?? 'An option is not valid.'));
}

/** Without those that are absent. */
export function present(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

/** @throws UsageError */
export function wholeNumber(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`--${option} must be a whole number`);
  return Number(text);
}

/** @throws UsageError */
export function oneOf<Name extends string>(
  option: string,
  names: readonly Name[],
  text: string | undefined,
): Name | undefined {
  if (text === undefined) return undefined;
  const found = names.find((name) => name === text);
  if (found === undefined) throw new UsageError(`--${option}: no such name ${text}: there are ${names.join(', ')}`);
  return found;
}

/** A comma list. @throws UsageError */
export function someOf<Name extends string>(
  option: string,
  names: readonly Name[],
  text: string | undefined,
): Name[] | undefined {
  const parts = text?.split(',').map((part) => part.trim());
  return parts?.filter((part) => part !== '').flatMap((part) => oneOf(option, names, part) ?? []);
}

/** For the operator: what is wrong, as the HTTP interface would say it. */
export function linesOf(error: AppError): string[] {
  return error.entries.map(({ detail }) => detail);
}

/** `data.page_length` is `--page-length` here, and `data.overlap_seconds` is `--overlap`. */
function asOption(sentence: string): string {
  return sentence.replace(
    /\bdata\.([a-z_]+)[.\d]*/,
    (_, member: string) => `--${member.replace(/_seconds$/, '').replaceAll('_', '-')}`,
  );
}
