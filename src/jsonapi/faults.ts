import { z } from 'zod';
import type { ServiceConfig } from '../config/config.js';
import { AppError, type ErrorEntry } from '../errors/app-error.js';
import type { ErrorCode } from '../errors/error-catalog.js';

/**
 * How a resource words its validation failures. Several services stood behind the interface that Gatehouse answers, and clients
 * show their texts to people:
 * - `failed_validation` (customers, tokens, orders, settings): 422, "The data.name field is required."
 * - `source_data` (addresses): 400, `source: "data"`, title `required`, "first_name is required"
 * - `single_sign_on` (realms, profiles, users of a realm): 400, "name is required"
 */
export type FaultStyle = 'failed_validation' | 'source_data' | 'single_sign_on';

/** Rules that a member can break, beyond those that zod names itself; `params` of a zod refinement. */
export interface RuleParams {
  rule: 'email' | 'max_bytes' | 'not_allowed' | 'differs' | 'controls' | 'text';
  limit?: number;
  /** Completes "The {member} …" in the rule `text`. */
  text?: string;
}

/** One broken rule of one member. */
export interface Fault {
  readonly path: readonly PropertyKey[];
  readonly rule: string;
  readonly limit?: number | bigint;
  readonly text?: string;
}

/** More entries than this help nobody, and a hostile body could ask for very many. */
const FAULT_LIMIT = 50;

/** Rules of a body that the operator sets, so that no schema can hold them. Their faults are told together with the schema's. */
export type ConfiguredRules = (body: unknown, config: Pick<ServiceConfig, 'passwordMinLength'>) => Fault[];

/** What a body schema was declared with beside its own rules. */
export const faultStyles = z.registry<{ style: FaultStyle; configured?: ConfiguredRules }>();

export function faultsOf(error: z.ZodError, input: unknown): Fault[] {
  return error.issues.map((issue) => faultOf(issue, input));
}

/** The code by which a style tells faults. */
export const validationCodes = {
  failed_validation: 'validation_failed',
  source_data: 'member_invalid',
  single_sign_on: 'member_invalid',
} as const satisfies Record<FaultStyle, ErrorCode>;

/** The error that tells the client about every fault, in the style of the resource. */
export function validationError(style: FaultStyle, faults: readonly Fault[]): AppError {
  const told = faults.slice(0, FAULT_LIMIT);
  return new AppError(validationCodes[style], { entries: told.map(WORDING[style]) });
}

function faultOf(issue: z.core.$ZodIssue, input: unknown): Fault {
  const { path } = issue;
  // The body itself is no object: what is missing is its `data`.
  if (path.length === 0) return { path: ['data'], rule: 'required' };
  switch (issue.code) {
    case 'invalid_type': {
      const value = valueAt(input, path);
      return { path, rule: isMissing(value) ? 'required' : issue.expected };
    }
    case 'too_small':
      if (issue.origin === 'string' && valueAt(input, path) === '') return { path, rule: 'required' };
      return { path, rule: `min_${issue.origin}`, limit: issue.minimum };
    case 'too_big':
      return { path, rule: `max_${issue.origin}`, limit: issue.maximum };
    case 'invalid_value':
    case 'invalid_union': {
      const value = valueAt(input, path);
      return { path, rule: isMissing(value) ? 'required' : 'in' };
    }
    case 'invalid_format':
      return { path, rule: issue.format };
    case 'custom': {
      const { rule, limit, text } = (issue.params ?? { rule: 'text' }) as Partial<RuleParams>;
      return {
        path,
        rule: rule ?? 'text',
        ...(limit === undefined ? {} : { limit }),
        ...(text === undefined ? {} : { text }),
      };
    }
    default:
      return { path, rule: 'text', text: 'is not valid.' };
  }
}

function isMissing(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

const SENTENCES: Readonly<Record<string, (member: string, limit: string) => string>> = {
  required: (member) => `The ${member} field is required.`,
  in: (member) => `The selected ${member} is invalid.`,
  string: (member) => `The ${member} must be a string.`,
  number: (member) => `The ${member} must be a number.`,
  int: (member) => `The ${member} must be an integer.`,
  boolean: (member) => `The ${member} must be true or false.`,
  object: (member) => `The ${member} must be an object.`,
  record: (member) => `The ${member} must be an object.`,
  array: (member) => `The ${member} must be an array.`,
  max_string: (member, limit) => `The ${member} may not be greater than ${limit} characters.`,
  max_bytes: (member, limit) => `The ${member} may not be greater than ${limit} bytes.`,
  max_array: (member, limit) => `The ${member} may not have more than ${limit} items.`,
  max_number: (member, limit) => `The ${member} may not be greater than ${limit}.`,
  max_int: (member, limit) => `The ${member} may not be greater than ${limit}.`,
  min_string: (member, limit) => `The ${member} must be at least ${limit} characters.`,
  min_array: (member, limit) => `The ${member} must have at least ${limit} items.`,
  min_number: (member, limit) => `The ${member} must be at least ${limit}.`,
  min_int: (member, limit) => `The ${member} must be at least ${limit}.`,
  email: (member) => `The ${member} must be a valid email address.`,
  uuid: (member) => `The ${member} must be a valid UUID.`,
  datetime: (member) => `The ${member} must be a valid RFC 3339 date-time.`,
  not_allowed: (member) => `The ${member} member is not allowed.`,
  controls: (member) => `The ${member} may not hold control characters or changes of direction.`,
};

function inSentence(fault: Fault): ErrorEntry {
  const member = fault.path.map(String).join('.');
  const sentence = SENTENCES[fault.rule];
  const detail = sentence?.(member, String(fault.limit)) ?? `The ${member} ${fault.text ?? 'is not valid.'}`;
  return { title: 'Failed Validation', detail };
}

const PHRASES: Readonly<Record<string, (limit: string) => string>> = {
  required: () => 'is required',
  in: () => 'is not an allowed value',
  string: () => 'must be a string',
  object: () => 'must be an object',
  max_string: (limit) => `must not be longer than ${limit} characters`,
  uuid: () => 'must be a valid UUID',
  not_allowed: () => 'is not allowed',
  controls: () => 'must not hold control characters or changes of direction',
};

function inShort(fault: Fault): ErrorEntry {
  return {
    source: 'data',
    title: fault.rule === 'required' ? 'required' : 'invalid',
    detail: phraseOf(fault, PHRASES),
  };
}

const MORE_PHRASES: typeof PHRASES = {
  ...PHRASES,
  number: () => 'must be a number',
  int: () => 'must be an integer',
  min_number: (limit) => `must be at least ${limit}`,
  max_number: (limit) => `must be at most ${limit}`,
  max_int: (limit) => `must be at most ${limit}`,
  array: () => 'must be a list',
  email: () => 'must be a valid email address',
  max_array: (limit) => `must not have more than ${limit} items`,
};

function inPlain(fault: Fault): ErrorEntry {
  return { detail: phraseOf(fault, MORE_PHRASES) };
}

const WORDING: Readonly<Record<FaultStyle, (fault: Fault) => ErrorEntry>> = {
  failed_validation: inSentence,
  source_data: inShort,
  single_sign_on: inPlain,
};

function phraseOf(fault: Fault, phrases: typeof PHRASES): string {
  const [first, ...rest] = fault.path.map(String);
  const member = rest.length === 0 ? (first ?? 'data') : rest.join('.');
  return `${member} ${phrases[fault.rule]?.(String(fault.limit)) ?? fault.text ?? 'is not valid'}`;
}
