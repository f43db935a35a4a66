// Which store each table of an analyzed statement is held to: by an equality of its column with a value from outside, or with the
// column of a table that is held itself.
import { nodesOf } from './query-tree.mjs';

/** JoinType of Postgres (src/include/nodes/nodes.h): in its condition, which side is narrowed. */
const NARROWED = { 0: ['larg', 'rarg'], 1: ['rarg'], 2: [], 3: ['larg'] };
const RTE_RELATION = '0';
const RTE_SUBQUERY = '1';
const RTE_JOIN = '2';

/**
 * @typedef {object} Scope one SELECT, UPDATE, DELETE or INSERT of the statement
 * @property {import('./query-tree.mjs').Node} query
 * @property {Scope | null} outer
 * @property {Map<number, string>} pins by the number of the table in the query: the store, as the statement names it
 */

/** A value that comes with the statement, in words; null for what depends on rows. */
export function givenValue(expression) {
  const nodes = [...nodesOf(expression)];
  if (nodes.some(({ kind }) => kind === 'VAR' || kind === 'QUERY')) return null;
  const [param, another] = nodes.filter(({ kind }) => kind === 'PARAM');
  if (another !== undefined) return null;
  if (param !== undefined) return `$${param.paramid}`;
  const constant = nodes.find(({ kind }) => kind === 'CONST');
  return constant === undefined || constant.constisnull === 'true' ? null : `constant ${constant.constvalue}`;
}

/**
 * @param storeColumns the number of the column that holds the store's id, by the oid of the table
 * @param isEquality whether an operator, by its oid, is an equality
 * @returns {Scope[]} all queries of the statement, with the pins that are found
 */
export function pinnedScopes(tree, storeColumns, isEquality) {
  const scopes = scopesIn(tree, null);
  const scopeOf = new Map(scopes.map((scope) => [scope.query, scope]));
  const reader = { storeColumns, scopeOf };
  const equalities = scopes.flatMap((scope) => equalitiesOf(scope, isEquality));
  for (let found = true; found;) {
    found = false;
    for (const { scope, narrowed, left, right } of equalities) {
      for (const [column, value] of [
        [left, right],
        [right, left],
      ]) {
        const place = storeColumnOf(column, scope, reader);
        if (place === null || place.scope !== scope || !narrowed.has(place.table) || scope.pins.has(place.table))
          continue;
        const other = storeColumnOf(value, scope, reader);
        const pin = other === null ? givenValue(value) : other.scope.pins.get(other.table);
        if (pin === undefined || pin === null) continue;
        scope.pins.set(place.table, pin);
        found = true;
      }
    }
  }
  return scopes;
}

/** The pin of an expression: of a given value, or of the table whose store it is. */
export function pinOf(expression, scope, scopes, storeColumns) {
  const scopeOf = new Map(scopes.map((each) => [each.query, each]));
  const place = storeColumnOf(expression, scope, { storeColumns, scopeOf });
  return place === null ? givenValue(expression) : (place.scope.pins.get(place.table) ?? null);
}

function scopesIn(query, outer) {
  const scope = { query, outer, pins: new Map() };
  const inner = [...nodesOf(Object.values(query), ({ kind }) => kind !== 'QUERY')].filter(
    ({ kind }) => kind === 'QUERY',
  );
  return [scope, ...inner.flatMap((each) => scopesIn(each, scope))];
}

function equalitiesOf(scope, isEquality) {
  const found = [];
  const take = (condition, narrowed) => {
    if (condition?.kind === 'BOOLEXPR' && condition.boolop === 'and') {
      for (const part of condition.args) take(part, narrowed);
    } else if (condition?.kind === 'OPEXPR' && condition.args.length === 2 && isEquality(condition.opno)) {
      const [left, right] = condition.args;
      found.push({ scope, narrowed, left, right });
    }
  };
  const visit = (item) => {
    if (item?.kind === 'FROMEXPR') {
      item.fromlist?.forEach(visit);
      take(item.quals, tablesBelow(item));
    } else if (item?.kind === 'JOINEXPR') {
      visit(item.larg);
      visit(item.rarg);
      const sides = NARROWED[item.jointype] ?? [];
      take(item.quals, new Set(sides.flatMap((side) => [...tablesBelow(item[side])])));
    }
  };
  visit(scope.query.jointree);
  return found;
}

function tablesBelow(item) {
  return new Set([...nodesOf(item)].flatMap(({ kind, rtindex }) => (kind === 'RANGETBLREF' ? [Number(rtindex)] : [])));
}

/** The table of a query whose store an expression is; through subqueries and joins, which only pass it on. */
function storeColumnOf(expression, scope, reader) {
  if (expression?.kind === 'RELABELTYPE') return storeColumnOf(expression.arg, scope, reader);
  if (expression?.kind !== 'VAR') return null;
  let at = scope;
  for (let level = Number(expression.varlevelsup); level > 0; level -= 1) at = at?.outer ?? null;
  const table = Number(expression.varno);
  const column = Number(expression.varattno);
  const entry = at?.query.rtable?.[table - 1];
  switch (entry?.rtekind) {
    case RTE_RELATION:
      return reader.storeColumns.get(Number(entry.relid)) === column ? { scope: at, table } : null;
    case RTE_SUBQUERY: {
      const passed = entry.subquery.targetList?.[column - 1]?.expr;
      return storeColumnOf(passed, reader.scopeOf.get(entry.subquery), reader);
    }
    case RTE_JOIN:
      return storeColumnOf(entry.joinaliasvars[column - 1], at, reader);
    default:
      return null;
  }
}
