import { describe, expect, it } from 'vitest';
import { parseFilter } from '../../src/jsonapi/filter.js';
import {
  anyOf,
  comparableId,
  comparableInteger,
  compileFilter,
  enumeration,
  exactText,
  type FilterFields,
  foldedSearch,
  idEquality,
  moment,
  nullable,
  related,
  searchableText,
  truth,
} from '../../src/jsonapi/filter-fields.js';
import { sql } from '../../src/jsonapi/sql.js';
import { refusalOf, UNPARSABLE } from './refused-filter.js';

const fields: FilterFields = {
  exact: exactText(sql`t.exact`),
  text: searchableText(sql`t.text`),
  folded: foldedSearch(sql`t.folded`, (text) => text.toLowerCase()),
  short: foldedSearch(
    sql`t.folded`,
    (text) => text.toLowerCase(),
    ({ text }) => (text === '@X' ? sql`t.domain = ${'x'}` : null),
  ),
  optional: nullable(sql`t.optional`, exactText(sql`t.optional`)),
  key: idEquality(sql`t.key`),
  id: comparableId(sql`t.id`),
  state: enumeration(sql`t.state`, ['open', 'closed']),
  amount: comparableInteger(sql`t.amount`),
  done: truth(sql`t.done`),
  second: moment(sql`t.second`, 'seconds'),
  milli: moment(sql`t.milli`, 'milliseconds'),
  part: related(
    exactText(sql`p.name`),
    (condition) => sql`EXISTS (SELECT 1 FROM p WHERE p.t = t.id AND (${condition}))`,
  ),
  pair: anyOf((text) => sql`(t.a = ${text} OR t.b = ${text})`),
};

const STATE_PLACE = `array_position(ARRAY['open', 'closed'], t.state)`;
const ID = '0190c6a5-1111-7000-8000-00000000abcd';

function compiled(filter: string) {
  return compileFilter(fields, parseFilter(filter)).statement;
}

describe('compileFilter', () => {
  it.each<[string, string, unknown[]]>([
    ['eq(exact,Ann)', 't.exact = $1::text', ['Ann']],
    ['eq(exact,*Ann*)', 't.exact = $1::text', ['*Ann*']],
    ['in(exact,Ann,"B,b",*)', 't.exact = ANY($1::text[])', [['Ann', 'B,b', '*']]],
    ['eq(text,Ann)', 't.text = $1::text', ['Ann']],
    ['in(text,Ann)', 't.text = ANY($1::text[])', [['Ann']]],
    ['like(text,Ann)', 't.text = $1::text', ['Ann']],
    ['like(text,A*n)', 't.text = $1::text', ['A*n']],
    ['like(text,Ann*)', 't.text ~>=~ $1::text AND t.text ~<~ $2::text', ['Ann', 'Ano']],
    ['like(text,\\*Ann*)', 't.text ~>=~ $1::text AND t.text ~<~ $2::text', ['*Ann', '*Ano']],
    ['like(text,50%_\\\\*)', 't.text ~>=~ $1::text AND t.text ~<~ $2::text', ['50%_\\', '50%_]']],
    ['like(text,a\u{10ffff}*)', 't.text ~>=~ $1::text AND t.text ~<~ $2::text', ['a\u{10ffff}', 'b']],
    ['like(text,a\ud7ff*)', 't.text ~>=~ $1::text AND t.text ~<~ $2::text', ['a\ud7ff', 'a\ue000']],
    ['like(text,a😀*)', 't.text ~>=~ $1::text AND t.text ~<~ $2::text', ['a😀', 'a😁']],
    ['like(text,\u{10ffff}*)', 't.text ~>=~ $1::text', ['\u{10ffff}']],
    ['like(text,*Ann)', 't.text LIKE $1::text', ['%Ann']],
    ['like(text,*A*n*)', 't.text LIKE $1::text', ['%A*n%']],
    ['like(text,*50%_\\\\*)', 't.text LIKE $1::text', ['%50\\%\\_\\\\%']],
    ['like(text,*)', 't.text LIKE $1::text', ['%%']],
    ['like(text,**)', 't.text LIKE $1::text', ['%%']],
    ['like(text,"")', 't.text = $1::text', ['']],
    ['ilike(text,Ann)', 't.text ILIKE $1::text', ['Ann']],
    ['ilike(text,Ann*)', 't.text ILIKE $1::text', ['Ann%']],
    ['ilike(text,50%_\\\\)', 't.text ILIKE $1::text', ['50\\%\\_\\\\']],
    ['like(folded,ANN)', 't.folded = $1::text', ['ann']],
    ['ilike(folded,ANN*)', 't.folded ~>=~ $1::text AND t.folded ~<~ $2::text', ['ann', 'ano']],
    ['like(folded,*ANN)', 't.folded LIKE $1::text', ['%ann']],
    ['like(short,*@X)', 't.domain = $1', ['x']],
    ['like(short,*@x)', 't.folded LIKE $1::text', ['%@x']],
    ['like(short,*@Y)', 't.folded LIKE $1::text', ['%@y']],
    ['is_null(optional)', 't.optional IS NULL', []],
    ['eq(optional,x)', 't.optional = $1::text', ['x']],
    [`eq(key,${ID.toUpperCase()})`, 't.key = $1::uuid', [ID]],
    ['eq(key,x)', 'FALSE', []],
    ["eq(key,x' OR TRUE --)", 'FALSE', []],
    [`in(key,x,${ID})`, 't.key = ANY($1::uuid[])', [[ID]]],
    ['in(key,x)', 't.key = ANY($1::uuid[])', [[]]],
    [`gt(id,${ID})`, 't.id > $1::uuid', [ID]],
    [`ge(id,${ID})`, 't.id >= $1::uuid', [ID]],
    [`lt(id,${ID})`, 't.id < $1::uuid', [ID]],
    [`le(id,${ID})`, 't.id <= $1::uuid', [ID]],
    ['eq(state,open)', `${STATE_PLACE} = $1::int`, [1]],
    ['neq(state,closed)', `${STATE_PLACE} <> $1::int`, [2]],
    ['in(state,open,closed,open)', `(${STATE_PLACE} = $1::int) OR (${STATE_PLACE} = $2::int)`, [1, 2]],
    ['gt(amount,-5)', 't.amount > $1::bigint', ['-5']],
    ['ge(amount,0)', 't.amount >= $1::bigint', ['0']],
    ['lt(amount,999999999999999999)', 't.amount < $1::bigint', ['999999999999999999']],
    ['le(amount,7)', 't.amount <= $1::bigint', ['7']],
    ['eq(done,true)', 't.done = $1::boolean', [true]],
    ['eq(done,false)', 't.done = $1::boolean', [false]],
    ['in(done,true,false)', '(t.done = $1::boolean) OR (t.done = $2::boolean)', [true, false]],
    [
      'eq(part,Ann):eq(exact,x)',
      '(EXISTS (SELECT 1 FROM p WHERE p.t = t.id AND (p.name = $1::text))) AND (t.exact = $2::text)',
      ['Ann', 'x'],
    ],
    ['in(pair,x,y,x)', '((t.a = $1 OR t.b = $2)) OR ((t.a = $3 OR t.b = $4))', ['x', 'x', 'y', 'y']],
    [
      '(eq(exact,a):eq(text,b)|is_null(optional)):eq(done,true)',
      '(((t.exact = $1::text) AND (t.text = $2::text)) OR (t.optional IS NULL)) AND (t.done = $3::boolean)',
      ['a', 'b', true],
    ],
  ])('makes of %s the condition %s', (filter, text, values) => {
    expect(compiled(filter)).toEqual({ text, values });
  });

  const at = (column: string, operator: string) => `t.${column} ${operator} to_timestamp($1::float8 / 1000)`;
  const within = (column: string) => `${at(column, '>=')} AND t.${column} < to_timestamp($2::float8 / 1000)`;
  const ms = 1_600_000_000_123;
  const s = 1_600_000_000_000;

  it.each<[string, string, number[]]>([
    [`eq(second,${ms})`, within('second'), [s, s + 1_000]],
    [`gt(second,${ms})`, at('second', '>='), [s + 1_000]],
    [`ge(second,${ms})`, at('second', '>='), [s]],
    [`lt(second,${ms})`, at('second', '<'), [s]],
    [`le(second,${ms})`, at('second', '<'), [s + 1_000]],
    [`eq(milli,${ms})`, within('milli'), [ms, ms + 1]],
    [`gt(milli,${ms})`, at('milli', '>='), [ms + 1]],
    [`ge(milli,${ms})`, at('milli', '>='), [ms]],
    [`lt(milli,${ms})`, at('milli', '<'), [ms]],
    [`le(milli,${ms})`, at('milli', '<'), [ms + 1]],
    ['eq(second,-1)', within('second'), [-1_000, 0]],
    ['ge(second,2020-09-13T12:26:40Z)', at('second', '>='), [s]],
    ['ge(second,2020-09-13)', at('second', '>='), [Date.UTC(2020, 8, 13)]],
  ])('makes of %s a comparison at the precision of the resource', (filter, text, values) => {
    expect(compiled(filter)).toEqual({ text, values });
  });

  it('makes of several moments one condition each', () => {
    const { text, values } = compiled('in(milli,1,5)');
    expect(text.split(' OR ')).toHaveLength(2);
    expect(values).toEqual([1, 2, 5, 6]);
  });

  it.each([
    'eq(unknown,x)',
    'eq(__proto__,x)',
    'eq(constructor,x)',
    'eq(hasOwnProperty,x)',
    'eq(to_string,x)',
    'eq(t.exact,x)',
    'like(exact,x)',
    'ilike(exact,x)',
    'gt(exact,x)',
    'neq(exact,x)',
    'is_null(exact)',
    'neq(text,x)',
    'ge(text,x)',
    'is_null(text)',
    'like(optional,x)',
    `gt(key,${ID})`,
    `like(key,${ID})`,
    `neq(key,${ID})`,
    'gt(id,x)',
    'le(id,)',
    `like(id,${ID}*)`,
    'eq(state,ajar)',
    'eq(state,OPEN)',
    'in(state,open,ajar)',
    'gt(state,open)',
    'like(state,open)',
    'eq(amount,5)',
    'in(amount,5)',
    'gt(amount,5.5)',
    'gt(amount,x)',
    'gt(amount,1e3)',
    'gt(amount,0x10)',
    'gt(amount,1234567890123456789)',
    'gt(amount,"")',
    'eq(done,yes)',
    'eq(done,TRUE)',
    'neq(done,true)',
    'eq(second,x)',
    'gt(second,2020-02-30)',
    'in(second,2020-01-01,x)',
    'like(second,2020*)',
    'neq(second,2020-01-01)',
    'is_null(second)',
    'like(part,x)',
    'eq(exact,x):eq(unknown,x)',
    '(eq(exact,x)|eq(unknown,x))',
  ])('refuses %s', (filter) => {
    expect(refusalOf(() => compiled(filter))).toEqual(UNPARSABLE);
  });
});
