import * as fc from 'fast-check';

/** The attributes that a list can be filtered by, each with its operators. */
export type Filters = Readonly<Record<string, readonly string[]>>;

/** What conditions are put together to; none counts more than the four ways to match that are allowed. */
const SHAPES: readonly ((...conditions: string[]) => string)[] = [
  (a) => a,
  (a, b) => `${a}:${b}`,
  (a, b, c) => `${a} : ${b}:${c}`,
  (a, b) => `(${a}|${b})`,
  (a, b, c) => `(${a}|${b}):${c}`,
  (a, b, c) => `(${a}:${b}|${c})`,
  (a, b, c) => `((${a}|${b})|${c})`,
  (a, b, c, d) => `(${a}|${b}):(${c}|${d})`,
  (a, b, c, d) => `( ${a} | ${b} | ${c} | ${d} )`,
];
const CONDITIONS_MAX = 4;

/** Filters that the document says are taken, with values by the names of the attributes. */
export function goodFilter(filters: Filters): fc.Arbitrary<string> {
  const condition = fc.oneof(
    ...Object.entries(filters).flatMap(([name, operators]) =>
      operators.map((operator) => conditionOn(name, operator, goodValue(name))),
    ),
  );
  const conditions = fc.array(condition, { minLength: CONDITIONS_MAX, maxLength: CONDITIONS_MAX });
  return fc.tuple(fc.constantFrom(...SHAPES), conditions).map(([shape, made]) => shape(...made));
}

function conditionOn(name: string, operator: string, value: fc.Arbitrary<string>): fc.Arbitrary<string> {
  if (operator === 'is_null') return fc.constant(`is_null(${name})`);
  if (operator !== 'in') return value.map((text) => `${operator}(${name},${text})`);
  return fc.array(value, { minLength: 1, maxLength: 4 }).map((texts) => `in(${[name, ...texts].join(', ')})`);
}

type Quotes = '' | "'" | '"';

/** A text as a value: in quotes or without, with a backslash before what would mean something else there. */
function spelled(text: string, quotes: Quotes): string {
  if (quotes !== '') return `${quotes}${text.replaceAll(/[\\'"*]/g, String.raw`\$&`)}${quotes}`;
  return text === '' ? '""' : text.replaceAll(/[\\'"(),:|* ]/g, String.raw`\$&`);
}

const QUOTES = fc.constantFrom<Quotes>('', "'", '"');

/** A star at an end stands for anything: within the quotes, if there are any. */
const TEXT = fc
  .record({
    text: fc.stringMatching(/^[A-Za-z0-9@.+%_äßŁ€\\'"(),:|* -]{0,20}$/),
    quotes: QUOTES,
    opens: fc.boolean(),
    ends: fc.boolean(),
  })
  .map(({ text, quotes, opens, ends }) => {
    const value = spelled(text, quotes === '' && text === '' ? '"' : quotes);
    const edge = /^['"]/.test(value) ? value.charAt(0) : '';
    const inner = value.slice(edge.length, value.length - edge.length);
    return `${edge}${opens ? '*' : ''}${inner}${ends ? '*' : ''}${edge}`;
  });

const UUID = fc
  .tuple(fc.uuid(), QUOTES, fc.boolean())
  .map(([id, quotes, upper]) => spelled(upper ? id.toUpperCase() : id, quotes));

/** The three spellings of a moment, the second of them in several. */
const MOMENT = fc
  .tuple(
    fc.date({ min: new Date('0001-01-02T00:00:00Z'), max: new Date('9999-12-30T00:00:00Z'), noInvalidDate: true }),
    fc.constantFrom<(iso: string, milliseconds: number) => string>(
      (iso) => iso.slice(0, 10),
      (iso) => iso,
      (iso) => iso.replace(/\..*/, 'z').replace('T', 't'),
      (iso) => iso.replace('Z', '+14:00'),
      (_, milliseconds) => String(milliseconds),
    ),
    QUOTES,
    fc.boolean(),
  )
  .map(([date, spelling, quotes, escapes]) => {
    const text = spelling(date.toISOString(), date.getTime());
    // A colon means nothing within a value.
    return quotes !== '' || escapes ? spelled(text, quotes) : text;
  });

const ENUMERATIONS: Readonly<Record<string, readonly string[]>> = {
  status: ['incomplete', 'processing', 'complete', 'cancelled'],
  payment: ['unpaid', 'authorized', 'paid', 'refunded'],
  shipping: ['unfulfilled', 'fulfilled'],
  manual: ['true', 'false'],
};

function goodValue(name: string): fc.Arbitrary<string> {
  const words = ENUMERATIONS[name];
  if (words !== undefined) {
    return fc.tuple(fc.constantFrom(...words), QUOTES).map(([word, quotes]) => spelled(word, quotes));
  }
  if (/^id$|_id$/.test(name)) return UUID;
  if (name.endsWith('_at')) return MOMENT;
  if (name.endsWith('_tax')) return fc.integer().map(String);
  return TEXT;
}
