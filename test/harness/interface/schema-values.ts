import * as fc from 'fast-check';
import { resolved, validatorOf } from './document.js';

/** A JSON Schema as far as the document of the interface uses it. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly additionalProperties?: boolean | Schema;
}

const ITEMS_MAX = 3;
/** Of an object whose names the client chooses. */
const NAMES_MAX = 2;
const LENGTH_MAX = 24;

/** Text as the service takes it: no NUL. Halves of surrogate pairs, graphemes never are. */
const text = (min: number, max: number) =>
  fc
    .string({ unit: 'grapheme', minLength: min, maxLength: Math.max(min, Math.min(max, LENGTH_MAX)) })
    .map((value) => value.replaceAll('\0', '0'))
    .filter((value) => value.length >= min && value.length <= max);

const word = fc.stringMatching(/^[a-z0-9]{8,16}$/);

const FORMATS: Readonly<Record<string, fc.Arbitrary<string>>> = {
  uuid: fc.uuid(),
  'idn-email': word.map((name) => `${name}@example.test`),
  uri: fc.tuple(word, word).map(([host, path]) => `https://${host}.example.test/${path}`),
  // Longer than any minimum that a test sets.
  password: fc.stringMatching(/^[a-zA-Z0-9 ]{12,40}$/),
};

const dates = fc
  .date({ min: new Date('1990-01-01'), max: new Date('2090-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString());

/** Values that a schema describes. */
export function valid(schema: Schema): fc.Arbitrary<unknown> {
  const { $ref } = schema;
  if ($ref !== undefined) return valid(resolved<Schema>({ $ref }));
  const made = madeOf(schema);
  return schema.allOf === undefined ? made : made.filter((value) => validatorOf(schema)(value));
}

function madeOf(schema: Schema): fc.Arbitrary<unknown> {
  if ('const' in schema) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return fc.oneof(...choices.map((choice) => valid(choice)));
  const types = [schema.type ?? 'object'].flat();
  return fc.oneof(...types.map((type) => ofType(type, schema)));
}

function ofType(type: string, schema: Schema): fc.Arbitrary<unknown> {
  switch (type) {
    case 'string':
      return ofText(schema);
    case 'integer':
      return fc.integer({
        min: schema.minimum ?? -1_000_000,
        max: Math.min(schema.maximum ?? 1_000_000, 2_147_483_647),
      });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array': {
      const max = Math.min(schema.maxItems ?? ITEMS_MAX, ITEMS_MAX);
      return fc.array(valid(schema.items ?? {}), { minLength: schema.minItems ?? 0, maxLength: max });
    }
    default:
      return ofObject(schema);
  }
}

function ofText({ format, pattern, minLength = 0, maxLength = LENGTH_MAX }: Schema): fc.Arbitrary<string> {
  const known = format === undefined ? undefined : FORMATS[format];
  if (known !== undefined) return known;
  if (pattern?.includes('[Tt]') === true) return fc.oneof(dates, fc.constant(''));
  // What may not stand in a text, not what it is made of.
  if (pattern?.startsWith('^[^') === true) {
    const expression = new RegExp(pattern, 'u');
    return ofText({ minLength, maxLength }).filter((value) => expression.test(value));
  }
  if (pattern === undefined) {
    const longest = fc.constant('x'.repeat(maxLength));
    return fc.oneof({ weight: 9, arbitrary: text(minLength, maxLength) }, { weight: 1, arbitrary: longest });
  }
  return fc.stringMatching(new RegExp(pattern)).filter(({ length }) => length >= minLength && length <= maxLength);
}

function ofObject({ properties = {}, required = [], additionalProperties }: Schema): fc.Arbitrary<unknown> {
  const members = Object.fromEntries(Object.entries(properties).map(([name, member]) => [name, valid(member)]));
  const known = fc.record(members, { requiredKeys: required.filter((name) => name in members) as never[] });
  if (additionalProperties === false) return known;
  if (typeof additionalProperties === 'object' && Object.keys(properties).length === 0) {
    return fc.dictionary(word, valid(additionalProperties), { maxKeys: NAMES_MAX });
  }
  // Members that nobody documented are ignored.
  return fc.tuple(known, fc.boolean()).map(([value, more]) => (more ? { ...value, x_undocumented: 'ignored' } : value));
}

const WRONG = [
  true,
  42,
  -1,
  1.5,
  [],
  ['x'],
  { x: 1 },
  'no such value',
  'x'.repeat(255),
  'x'.repeat(256),
  'x'.repeat(1_025),
  'x'.repeat(2_049),
  null,
  '\u0007',
  '',
];

/** Values that a schema does not describe: a good one with one place made wrong. */
export function invalid(schema: Schema): fc.Arbitrary<unknown> {
  const isValid = validatorOf(schema);
  return fc
    .tuple(valid(schema), fc.nat(), fc.oneof(fc.constant('gone' as const), fc.constantFrom(...WRONG)))
    .map(([value, at, wrong]) => {
      const copy = { root: structuredClone(value) };
      const places = placesIn(copy);
      const place = places[at % places.length];
      if (place === undefined) return copy.root;
      if (wrong === 'gone') Reflect.deleteProperty(place.holder, place.name);
      else Reflect.set(place.holder, place.name, wrong);
      return copy.root;
    })
    .filter((value) => !isValid(value));
}

function placesIn(value: unknown): { holder: object; name: string }[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => [{ holder: value, name }, ...placesIn(member)]);
}
