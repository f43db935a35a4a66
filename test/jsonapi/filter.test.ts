import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  type Condition,
  type Filter,
  FILTER_BYTES_MAX,
  FILTER_DEPTH_MAX,
  type FilterOperator,
  parseFilter,
} from '../../src/jsonapi/filter.js';
import type { FilterValue } from '../../src/jsonapi/filter-reader.js';
import { refusalOf, UNPARSABLE, UNSUPPORTED_CHARACTERS } from './refused-filter.js';

function plain(text: string): FilterValue {
  return { text, starAtStart: false, starAtEnd: false };
}

function condition(operator: FilterOperator, attribute: string, ...values: (string | FilterValue)[]): Condition {
  const read = values.map((value) => (typeof value === 'string' ? plain(value) : value));
  return { kind: 'condition', operator, attribute, values: read };
}

const and = (...members: Filter[]): Filter => ({ kind: 'and', members });
const or = (...members: Filter[]): Filter => ({ kind: 'or', members });
const a = condition('eq', 'a', '1');
const b = condition('eq', 'b', '2');
const c = condition('eq', 'c', '3');

describe('parseFilter', () => {
  it.each<[string, Filter]>([
    ['eq(email,ann@example.test)', condition('eq', 'email', 'ann@example.test')],
    ['eq(email,ann+1@example.test)', condition('eq', 'email', 'ann+1@example.test')],
    ['neq(status,complete)', condition('neq', 'status', 'complete')],
    ['gt(with_tax,-5)', condition('gt', 'with_tax', '-5')],
    ['ge(created_at,1600000000000)', condition('ge', 'created_at', '1600000000000')],
    ['lt(created_at,2018-04-16T10:11:59.715Z)', condition('lt', 'created_at', '2018-04-16T10:11:59.715Z')],
    ['le(updated_at,"2018-04-16T10:11:59.715Z")', condition('le', 'updated_at', '2018-04-16T10:11:59.715Z')],
    ['is_null(external_ref)', condition('is_null', 'external_ref')],
    ['in(id,x)', condition('in', 'id', 'x')],
    ['in(id,x,y, z ,"w, v")', condition('in', 'id', 'x', 'y', 'z', 'w, v')],
    ['eq(contact.name,Ann)', condition('eq', 'contact.name', 'Ann')],
    ['eq(a-b_c.9,x)', condition('eq', 'a-b_c.9', 'x')],
    ['eq(name,Ron Swanson)', condition('eq', 'name', 'Ron Swanson')],
    ['eq(name,"Ron Swanson")', condition('eq', 'name', 'Ron Swanson')],
    ["eq(name,'Ron Swanson')", condition('eq', 'name', 'Ron Swanson')],
    ["eq(name,'Food \\'n Stuff')", condition('eq', 'name', "Food 'n Stuff")],
    ['eq(name,"say \\"hi\\"")', condition('eq', 'name', 'say "hi"')],
    [`eq(name,"O'Brien")`, condition('eq', 'name', "O'Brien")],
    [`eq(name,'a "b" c')`, condition('eq', 'name', 'a "b" c')],
    [`eq(name,O'Brien)`, condition('eq', 'name', "O'Brien")],
    ['eq(name,5" pipe)', condition('eq', 'name', '5" pipe')],
    ['eq(name,"a,b)c(d:e|f")', condition('eq', 'name', 'a,b)c(d:e|f')],
    ['eq(name,a\\,b\\)c\\(d)', condition('eq', 'name', 'a,b)c(d')],
    ['eq(name,a:b|c)', condition('eq', 'name', 'a:b|c')],
    ['eq(name,{a}/$b;-_=&#%~!)', condition('eq', 'name', '{a}/$b;-_=&#%~!')],
    ['eq(name,back\\\\slash)', condition('eq', 'name', 'back\\slash')],
    ['eq(name,"")', condition('eq', 'name', '')],
    ["eq(name,'')", condition('eq', 'name', '')],
    ['eq(name,"  kept  ")', condition('eq', 'name', '  kept  ')],
    ['eq(name,  trimmed  )', condition('eq', 'name', 'trimmed')],
    ['eq(name,\\ kept\\ )', condition('eq', 'name', ' kept ')],
    ['eq(name,kept\\   )', condition('eq', 'name', 'kept ')],
    ['  eq ( name , "x" )  ', condition('eq', 'name', 'x')],
    ['eq(name,Ünïcødé 漢字 😀)', condition('eq', 'name', 'Ünïcødé 漢字 😀')],
    ['eq(name,eq)', condition('eq', 'name', 'eq')],
    ['like(name,*swan*)', condition('like', 'name', { text: '*swan*', starAtStart: true, starAtEnd: true })],
    ['like(name, 123*)', condition('like', 'name', { text: '123*', starAtStart: false, starAtEnd: true })],
    ['ilike(name,"*swan")', condition('ilike', 'name', { text: '*swan', starAtStart: true, starAtEnd: false })],
    ['like(name,a*b)', condition('like', 'name', 'a*b')],
    ['like(name,*)', condition('like', 'name', { text: '*', starAtStart: true, starAtEnd: true })],
    ['like(name,\\*a\\*)', condition('like', 'name', '*a*')],
    ['like(name,"\\*a*")', condition('like', 'name', { text: '*a*', starAtStart: false, starAtEnd: true })],
    ['like(name,"* ")', condition('like', 'name', { text: '* ', starAtStart: true, starAtEnd: false })],
    ['eq(a,1):eq(b,2)', and(a, b)],
    ['eq(a,1) : eq(b,2) : eq(c,3)', and(a, b, c)],
    ['(eq(a,1)|eq(b,2))', or(a, b)],
    ['( eq(a,1) | eq(b,2) | eq(c,3) )', or(a, b, c)],
    ['(eq(a,1))', a],
    ['((eq(a,1)))', a],
    ['(eq(a,1):eq(b,2))', and(a, b)],
    ['(eq(a,1):eq(b,2)|eq(c,3))', or(and(a, b), c)],
    ['(eq(c,3)|eq(a,1):eq(b,2))', or(c, and(a, b))],
    ['eq(a,1):(eq(b,2)|eq(c,3))', and(a, or(b, c))],
    ['(eq(a,1)|(eq(b,2)|eq(c,3)))', or(a, or(b, c))],
    ['eq(a,1):(eq(b,2):eq(c,3))', and(a, and(b, c))],
  ])('reads %s', (text, filter) => {
    expect(parseFilter(text)).toEqual(filter);
  });

  it.each([
    '',
    ' ',
    'nonsense',
    'eq',
    'eq(',
    'eq()',
    'eq(a',
    'eq(a)',
    'eq(a,',
    'eq(a,)',
    'eq(a, )',
    'eq(,x)',
    'eq(a,x',
    'eq(a,x,y)',
    'eq(a,x,)',
    'eq(a,(x))',
    'eq(a,eq(b,c))',
    'eq(a,x))',
    'eq(a,x)eq(b,y)',
    'eq(a,x),eq(b,y)',
    'eq(a,x);eq(b,y)',
    'eq(a,x)&eq(b,y)',
    'eq(a,x):',
    ':eq(a,x)',
    'eq(a,x)::eq(b,y)',
    'eq(a,x)|eq(b,y)',
    '(eq(a,x)|)',
    '(|eq(a,x))',
    '(eq(a,x)||eq(b,y))',
    '()',
    '(eq(a,x)',
    'eq(a,x)|',
    'eq a,x',
    'eq[a,x]',
    'eq(a x)',
    'eq(a b,x)',
    'eq("a",x)',
    'eq(A,x)',
    'eq(ä,x)',
    'EQ(a,x)',
    'Eq(a,x)',
    'not(eq(a,x))',
    'text(a,x)',
    'between(a,1,2)',
    'ne(a,x)',
    'contains(a,x)',
    '(a,x)',
    'eq(a,"x)',
    "eq(a,'x)",
    `eq(a,"x')`,
    'eq(a,"x"y)',
    'eq(a,"x" "y")',
    'eq(a,"x\\")',
    'eq(a,x\\)',
    'eq(a,x\\',
    'eq(a,\\n)',
    'eq(a,"\\n")',
    'eq(a,"\\u0041")',
    'eq(a,C:\\temp)',
    'in(a)',
    'in(a,)',
    'in(a,x,,y)',
    'in(a,x,)',
    'is_null()',
    'is_null(a,)',
    'is_null(a,x)',
    'is_null(a,"")',
    "' OR 1=1 --",
    "eq(a,'x' OR '1'='1')",
    '{"eq":{"a":"x"}}',
  ])('refuses %j', (text) => {
    expect(refusalOf(() => parseFilter(text))).toEqual(UNPARSABLE);
  });

  it.each([0x00, 0x01, 0x09, 0x0a, 0x0d, 0x1b, 0x1f, 0x7f, 0x80, 0x85, 0x9f, 0xd800, 0xdbff, 0xdc00, 0xdfff])(
    'refuses the character U+%s anywhere, quoted or not, as unsupported',
    (code) => {
      const character = String.fromCharCode(code);
      for (const text of [
        `eq(a,x${character})`,
        `eq(a,"${character}")`,
        `${character}eq(a,x)`,
        `eq(a${character},x)`,
      ]) {
        expect(refusalOf(() => parseFilter(text))).toEqual(UNSUPPORTED_CHARACTERS);
      }
    },
  );

  it('takes 100 values of one `in` and no more', () => {
    const values = (count: number) =>
      `in(status,${Array.from({ length: count }, (_, index) => `v${index}`).join(',')})`;
    expect(refusalOf(() => parseFilter(values(100)))).toBeNull();
    expect(refusalOf(() => parseFilter(values(101)))).toEqual(UNPARSABLE);
  });

  it('takes 10 conditions and refuses 11, however they are joined', () => {
    const conditions = (count: number) => Array.from({ length: count }, (_, index) => `eq(a,${index})`).join(':');
    expect(parseFilter(conditions(10))).toMatchObject({ kind: 'and', members: Array.from({ length: 10 }, () => ({})) });
    expect(refusalOf(() => parseFilter(conditions(11)))).toEqual(UNPARSABLE);
    const inGroup = (count: number) => `eq(b,x):(${conditions(count - 2)}|eq(c,y))`;
    expect(refusalOf(() => parseFilter(inGroup(10)))).toBeNull();
    expect(refusalOf(() => parseFilter(inGroup(11)))).toEqual(UNPARSABLE);
  });

  it.each([
    ['(eq(a,1)|eq(a,2)|eq(a,3)|eq(a,4))', '(eq(a,1)|eq(a,2)|eq(a,3)|eq(a,4)|eq(a,5))'],
    ['(eq(a,1)|eq(a,2)):(eq(b,1)|eq(b,2))', '(eq(a,1)|eq(a,2)):(eq(b,1)|eq(b,2)|eq(b,3))'],
    ['((eq(a,1)|eq(a,2)):eq(b,1)|eq(c,1)|eq(c,2))', '((eq(a,1)|eq(a,2)):(eq(b,1)|eq(b,2))|eq(c,1))'],
    ['eq(a,1):(eq(b,1)|eq(b,2)|eq(b,3)|eq(b,4)):eq(c,1)', '(eq(b,1)|eq(b,2)):(eq(c,1)|eq(c,2)):(eq(d,1)|eq(d,2))'],
  ])('takes a row that may match in 4 ways, as by %s, and refuses more, as by %s', (four, more) => {
    expect(refusalOf(() => parseFilter(four))).toBeNull();
    expect(refusalOf(() => parseFilter(more))).toEqual(UNPARSABLE);
  });

  it('takes 8,192 bytes of UTF-8 and refuses one more', () => {
    const filled = (bytes: number, character: string) => {
      const room = bytes - 'eq(a,)'.length;
      const count = Math.floor(room / Buffer.byteLength(character));
      return `eq(a,${'x'.repeat(room - count * Buffer.byteLength(character))}${character.repeat(count)})`;
    };
    for (const character of ['x', 'ü', '漢', '😀']) {
      expect(Buffer.byteLength(filled(FILTER_BYTES_MAX, character))).toBe(FILTER_BYTES_MAX);
      expect(refusalOf(() => parseFilter(filled(FILTER_BYTES_MAX, character)))).toBeNull();
      expect(refusalOf(() => parseFilter(filled(FILTER_BYTES_MAX + 1, character)))).toEqual(UNPARSABLE);
    }
  });

  it('takes 10 parentheses in each other and refuses one more', () => {
    const nested = (depth: number) => `${'('.repeat(depth)}eq(a,1)${')'.repeat(depth)}`;
    expect(parseFilter(nested(FILTER_DEPTH_MAX))).toEqual(a);
    expect(refusalOf(() => parseFilter(nested(FILTER_DEPTH_MAX + 1)))).toEqual(UNPARSABLE);
  });
});

describe('the work of parseFilter', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  /** How many characters are looked at. */
  function looksAt(text: string): number {
    const charAt = vi.spyOn(String.prototype, 'charAt');
    refusalOf(() => parseFilter(text));
    const looks = charAt.mock.calls.length;
    charAt.mockRestore();
    return looks;
  }

  it.each([
    ['parentheses that open', (size: number) => '('.repeat(size)],
    ['parentheses that close', (size: number) => ')'.repeat(size)],
    ['blanks', (size: number) => `eq(a,${' '.repeat(size - 6)})`],
    ['blanks between', (size: number) => `eq(a,x${' x'.repeat((size - 8) / 2)})`],
    ['blanks at the end that are none', (size: number) => `eq(a,x${'\\ '.repeat((size - 8) / 2)}`],
    ['backslashes', (size: number) => `eq(a,"${'\\'.repeat(size - 8)}")`],
    ['escaped quotes and no end', (size: number) => `eq(a,"${'\\"'.repeat((size - 8) / 2)}`],
    ['quotes', (size: number) => `eq(a,x${'"'.repeat(size - 7)})`],
    ['commas', (size: number) => `in(a${',x'.repeat((size - 6) / 2)})`],
    ['stars', (size: number) => `like(a,${'*'.repeat(size - 8)})`],
    ['colons', (size: number) => ':'.repeat(size)],
    ['conditions', (size: number) => 'eq(a,x):'.repeat(size / 8)],
    ['groups', (size: number) => '(eq(a,x)|'.repeat(size / 9)],
    ['a name', (size: number) => 'e'.repeat(size)],
  ])('grows with the text and no faster, when it is full of %s', (_, text) => {
    const [small, large] = [text(1_024), text(FILTER_BYTES_MAX)];
    expect(Buffer.byteLength(large)).toBeLessThanOrEqual(FILTER_BYTES_MAX);

    expect(looksAt(large)).toBeLessThanOrEqual(4 * large.length + 40);
    expect(looksAt(small)).toBeLessThanOrEqual(4 * small.length + 40);
  });
});
