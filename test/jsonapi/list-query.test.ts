import { describe, expect, it } from 'vitest';
import { exactText } from '../../src/jsonapi/filter-fields.js';
import {
  countStatement,
  fenced,
  inOrder,
  keptParameters,
  type ListRules,
  pageStatement,
  readListQuery,
} from '../../src/jsonapi/list-query.js';
import { ordered, orderedByCodePoints } from '../../src/jsonapi/sort.js';
import { sql } from '../../src/jsonapi/sql.js';
import { refusalOf, UNPARSABLE } from './refused-filter.js';

const rules: ListRules = {
  filters: { name: exactText(sql`t.name`) },
  sorts: {
    columns: { name: orderedByCodePoints(sql`t.folded`), created_at: ordered(sql`t.created_at`) },
    id: sql`t.id`,
    byDefault: '-created_at',
  },
};

const source = { from: sql`t`, id: sql`t.id`, scope: sql`t.store_id = ${'store'} OR t.open` };

describe('readListQuery', () => {
  it('asks for the first page of everything in the usual order, when the query says nothing', () => {
    const asked = readListQuery({}, rules, 25);
    expect(asked).toEqual({
      filter: sql`TRUE`,
      order: sql`t.created_at DESC, t.id DESC`,
      page: { limit: 25, offset: 0 },
    });
    expect(readListQuery({ sort: '' }, rules, 25)).toEqual(asked);
  });

  it.each([
    ['name', 't.folded USING ~<~, t.id ASC'],
    ['-name', 't.folded USING ~>~, t.id DESC'],
    ['created_at', 't.created_at ASC, t.id ASC'],
    ['-created_at', 't.created_at DESC, t.id DESC'],
  ])('breaks ties of the order %s by the id, in its direction', (sort, text) => {
    expect(readListQuery({ sort }, rules, 25).order.statement).toEqual({ text, values: [] });
  });

  it.each([
    'id',
    'Name',
    '--name',
    '+name',
    ' name',
    'name,created_at',
    '-',
    'toString',
    '__proto__',
    ['name'],
    { a: 'name' },
  ])('refuses the order %j', (sort) => {
    expect(refusalOf(() => readListQuery({ sort }, rules, 25))).toEqual({
      code: 'sort_unsupported',
      details: ['Could not parse the supplied sort'],
    });
  });

  it.each([
    ['eq(email,x)'],
    ['x'],
    [''],
    [' '],
    [['eq(name,a)', 'eq(name,b)']],
    [['', '']],
    [{ name: 'x' }],
    [{ eq: 'eq(name,a)' }],
  ])('refuses the filter %j', (filter) => {
    expect(refusalOf(() => readListQuery({ filter }, rules, 25))).toEqual(UNPARSABLE);
  });

  it('makes statements that hold the scope whatever the filter says', () => {
    const asked = readListQuery({ filter: '(eq(name,a)|eq(name,b))', page: { limit: '3', offset: '6' } }, rules, 25);
    const condition = 'WHERE (t.store_id = $1 OR t.open) AND ((t.name = $2::text) OR (t.name = $3::text))';

    expect(pageStatement(source, asked).statement).toEqual({
      text: `SELECT t.id AS id FROM t ${condition} ORDER BY t.created_at DESC, t.id DESC LIMIT $4 OFFSET $5`,
      values: ['store', 'a', 'b', 3, 6],
    });
    expect(countStatement(source, asked).statement).toEqual({
      text: `SELECT count(*)::int AS total FROM t ${condition}`,
      values: ['store', 'a', 'b'],
    });
  });
});

describe('fenced', () => {
  it('puts the scope into a query of its own, which no filter gets into', () => {
    const asked = readListQuery({ filter: 'eq(name,a)' }, rules, 25);
    const fence = fenced({ ...source, scope: sql`t.owner = ${'ann'}` }, sql`t`, sql`t.created_at`);
    const from = 'FROM (SELECT * FROM t WHERE t.owner = $1 ORDER BY t.created_at OFFSET 0) AS t';
    const condition = 'WHERE (TRUE) AND (t.name = $2::text)';

    expect(pageStatement(fence, asked).statement).toEqual({
      text: `SELECT t.id AS id ${from} ${condition} ORDER BY t.created_at DESC, t.id DESC LIMIT $3 OFFSET $4`,
      values: ['ann', 'a', 25, 0],
    });
    expect(countStatement(fence, asked).statement).toEqual({
      text: `SELECT count(*)::int AS total ${from} ${condition}`,
      values: ['ann', 'a'],
    });
  });
});

describe('keptParameters', () => {
  it('keeps what else a list knows', () => {
    expect(keptParameters('include=items&x=1&sort=name', ['include'])).toBe('include=items&sort=name');
  });

  it.each([
    ['', ''],
    ['page[limit]=2&page[offset]=4', ''],
    [
      'filter=eq(email,ann+1@example.test):like(name,*Ann%20Ex*)',
      'filter=eq(email,ann+1@example.test):like(name,*Ann%20Ex*)',
    ],
    ['sort=-name&page[limit]=2&filter=eq(a,b)', 'sort=-name&filter=eq(a,b)'],
    ['include=items&x=1&sort=name', 'sort=name'],
    ['page[total_method]=exact', 'page[total_method]=exact'],
    ['page%5Btotal_method%5D=exact&page%5Blimit%5D=2', 'page%5Btotal_method%5D=exact'],
    ['%66ilter=eq(a,b)', '%66ilter=eq(a,b)'],
    ['filter=&sort=&include', ''],
    ['filter=eq(a,b=c)', 'filter=eq(a,b=c)'],
    ['Filter=x&filters=y&sort[]=z', ''],
  ])('of %j are %j', (query, kept) => {
    expect(keptParameters(query)).toBe(kept);
  });
});

describe('inOrder', () => {
  it('puts rows into the order of the ids and leaves out what is gone', () => {
    const rows = [{ id: 'a' }, { id: 'b' }, { id: 'd' }];
    expect(inOrder(['d', 'c', 'a'], rows, ({ id }) => id)).toEqual([{ id: 'd' }, { id: 'a' }]);
  });
});
