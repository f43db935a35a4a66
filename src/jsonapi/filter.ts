import { AppError } from '../errors/app-error.js';
import { FilterReader, type FilterValue } from './filter-reader.js';

const operators = ['eq', 'neq', 'in', 'like', 'ilike', 'gt', 'ge', 'lt', 'le', 'is_null'] as const;
export type FilterOperator = (typeof operators)[number];

/** `operator(attribute,value)`; `in` has one value or more, `is_null` none, all others one. */
export interface Condition {
  readonly kind: 'condition';
  readonly operator: FilterOperator;
  /** As the caller wrote it: whether the resource has it is not known here. */
  readonly attribute: string;
  readonly values: readonly FilterValue[];
}

/** Of two members or more each. */
export interface Conjunction {
  readonly kind: 'and';
  readonly members: readonly Filter[];
}
export interface Disjunction {
  readonly kind: 'or';
  readonly members: readonly Filter[];
}

export type Filter = Condition | Conjunction | Disjunction;

export const FILTER_BYTES_MAX = 8_192;
export const FILTER_CONDITIONS_MAX = 10;
/** Of one `in`: each is a comparison that the database plans. */
export const FILTER_VALUES_MAX = 100;
/** A condition counts 1, "or" adds, "and" multiplies: in how many ways a row may match. */
export const FILTER_COMPLEXITY_MAX = 4;
/** Parentheses in parentheses. Ten conditions never need more. */
export const FILTER_DEPTH_MAX = 10;

/** Controls (C0, DEL, C1), and halves of a surrogate pair, which UTF-8 cannot hold. */
const UNSUPPORTED_CHARACTERS = /[\p{Cc}\p{Cs}]/u;

/** The refusal of a filter for its characters, also of one that could not even be decoded. */
export function unsupportedCharacters(): AppError {
  return new AppError('filter_unsupported', { detail: 'The supplied filter contained unsupported characters' });
}

/**
 * Reads the filter language of the interface: `eq(email,ann@example.test):(like(name,Ann*)|is_null(external_ref))`. A colon is
 * "and", a bar within parentheses "or", and the colon binds closer. Values may stand in quotes, single or double; a backslash
 * makes the next special character an ordinary one. One pass without backtracking: the work grows with the text.
 *
 * @param text percent-decoded; a plus is a plus
 * @throws AppError `filter_unsupported`
 */
export function parseFilter(text: string): Filter {
  if (Buffer.byteLength(text) > FILTER_BYTES_MAX) throw unparsable();
  if (UNSUPPORTED_CHARACTERS.test(text)) {
    throw unsupportedCharacters();
  }
  const filter = new FilterParser(new FilterReader(text)).whole();
  if (complexityOf(filter) > FILTER_COMPLEXITY_MAX) throw unparsable();
  return filter;
}

/** The one answer to every filter that is not understood. */
export function unparsable(): AppError {
  return new AppError('filter_unsupported');
}

function complexityOf(filter: Filter): number {
  switch (filter.kind) {
    case 'condition':
      return 1;
    case 'and':
      return filter.members.reduce((product, member) => product * complexityOf(member), 1);
    case 'or':
      return filter.members.reduce((sum, member) => sum + complexityOf(member), 0);
  }
}

class FilterParser {
  private conditions = 0;

  constructor(private readonly reader: FilterReader) {}

  whole(): Filter {
    const filter = this.conjunction(0);
    if (!this.reader.atEnd()) throw unparsable();
    return filter;
  }

  private conjunction(depth: number): Filter {
    const members = [this.member(depth)];
    while (this.reader.takes(':')) members.push(this.member(depth));
    return combined('and', members);
  }

  private member(depth: number): Filter {
    if (!this.reader.takes('(')) return this.condition();
    if (depth === FILTER_DEPTH_MAX) throw unparsable();
    const alternatives = [this.conjunction(depth + 1)];
    while (this.reader.takes('|')) alternatives.push(this.conjunction(depth + 1));
    this.require(')');
    return combined('or', alternatives);
  }

  private condition(): Condition {
    this.conditions += 1;
    if (this.conditions > FILTER_CONDITIONS_MAX) throw unparsable();
    const operator = operatorNamed(this.reader.name());
    this.require('(');
    const attribute = this.reader.name();
    if (attribute === '') throw unparsable();
    const values: FilterValue[] = [];
    while (this.reader.takes(',')) {
      const value = this.reader.value();
      if (value === null || values.length === FILTER_VALUES_MAX) throw unparsable();
      values.push(value);
    }
    this.require(')');
    if (operator !== 'in' && values.length !== (operator === 'is_null' ? 0 : 1)) throw unparsable();
    if (operator === 'in' && values.length === 0) throw unparsable();
    return { kind: 'condition', operator, attribute, values };
  }

  private require(character: string): void {
    if (!this.reader.takes(character)) throw unparsable();
  }
}

function combined(kind: 'and' | 'or', members: readonly Filter[]): Filter {
  const [first] = members;
  return first !== undefined && members.length === 1 ? first : { kind, members };
}

function operatorNamed(name: string): FilterOperator {
  const operator = operators.find((known) => known === name);
  if (operator === undefined) throw unparsable();
  return operator;
}
