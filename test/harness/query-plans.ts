import type { Pool } from 'pg';
import { expect } from 'vitest';
import {
  countStatement,
  type ListRules,
  type ListSource,
  pageStatement,
  readListQuery,
} from '../../src/jsonapi/list-query.js';
import type { Sql } from '../../src/jsonapi/sql.js';

type Queries = Pick<Pool, 'query'>;

const RECORDS_ON_A_PAGE = 25;

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly Plans?: readonly PlanNode[];
}

/** What asks for the first page of a list, and for the number of all its records. */
export function listStatements(source: ListSource, rules: ListRules, query: Record<string, string>) {
  const asked = readListQuery(query, rules, RECORDS_ON_A_PAGE);
  return { page: pageStatement(source, asked), count: countStatement(source, asked) };
}

/**
 * By what the planner would have the statement read the tables, with its default settings and the values at hand: the names of
 * indexes, and `all of orders` for a table that is read from one end to the other.
 */
export async function readsOf(pool: Queries, { text, values }: Pick<Sql, 'text' | 'values'>): Promise<string[]> {
  return readsIn(await pool.query<PlanRow>(`EXPLAIN (FORMAT JSON) ${text}`, [...values]));
}

/** Of the plan that is made once for all values, which a server may come to use for a prepared statement. */
export async function genericReadsOf(pool: Queries, { text }: Sql): Promise<string[]> {
  return readsIn(await pool.query<PlanRow>(`EXPLAIN (FORMAT JSON, GENERIC_PLAN) ${text}`));
}

interface PlanRow {
  'QUERY PLAN': { Plan: PlanNode }[];
}

function readsIn({ rows }: { rows: PlanRow[] }): string[] {
  const nodes = rows.flatMap((row) => row['QUERY PLAN'].flatMap(({ Plan }) => nodesOf(Plan)));
  return nodes.flatMap((node) => {
    if (node['Node Type'].endsWith('Seq Scan')) return [`all of ${node['Relation Name']}`];
    return node['Index Name'] ?? [];
  });
}

function nodesOf(plan: PlanNode): PlanNode[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
}

/** The plan as a person reads it. */
export async function planText(pool: Queries, { text, values }: Sql): Promise<string> {
  const { rows } = await pool.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${text}`, [...values]);
  return rows.map((row) => row['QUERY PLAN']).join('\n');
}

/** What the statement answers. */
export async function rowsOf(pool: Queries, { text, values }: Sql): Promise<unknown[]> {
  return (await pool.query<Record<string, unknown>>(text, [...values])).rows;
}

/** That page and number of what the filter finds are read by indexes, and that it finds so many. */
export async function expectIndexes(
  pool: Queries,
  source: ListSource,
  rules: ListRules,
  filter: string,
  matches: number,
): Promise<void> {
  const { page, count } = listStatements(source, rules, { filter });
  for (const statement of [page, count]) {
    for (const reads of [await readsOf(pool, statement), await genericReadsOf(pool, statement)]) {
      expect(wholeTables(reads)).toEqual([]);
      expect(reads.length).toBeGreaterThanOrEqual(1);
    }
  }
  expect(await rowsOf(pool, count)).toEqual([{ total: matches }]);
  expect(await rowsOf(pool, page)).toHaveLength(Math.min(matches, RECORDS_ON_A_PAGE));
}

/** The tables that are read from one end to the other. */
export function wholeTables(reads: readonly string[]): string[] {
  return reads.filter((read) => read.startsWith('all of '));
}
