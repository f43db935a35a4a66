// Which functions an analyzed statement calls, and what Postgres says of their volatility.
import { nodesOf } from './query-tree.mjs';

/** Where the oid of the function stands. */
const CALLS = {
  FUNCEXPR: 'funcid',
  AGGREF: 'aggfnoid',
  WINDOWFUNC: 'winfnoid',
  OPEXPR: 'opfuncid',
  DISTINCTEXPR: 'opfuncid',
  NULLIFEXPR: 'opfuncid',
  SCALARARRAYOPEXPR: 'opfuncid',
};

/** What is a call without naming a function; the cautious answer where it depends. */
const OTHER_CALLS = {
  SQLVALUEFUNCTION: 's',
  XMLEXPR: 's',
  JSONEXPR: 's',
  JSONCONSTRUCTOREXPR: 's',
  NEXTVALUEEXPR: 'v',
  CURRENTOFEXPR: 'v',
};

/** Of an expression, where its type stands. */
const TYPE_FIELDS = ['vartype', 'consttype', 'paramtype', 'funcresulttype', 'opresulttype', 'resulttype', 'casetype'];

/**
 * @typedef {object} Call
 * @property {string} name
 * @property {'i' | 's' | 'v'} volatility as in pg_proc.provolatile
 * @property {boolean} takesColumn whether a column goes into it
 * @property {boolean} isConditional whether it stands in CASE or COALESCE
 */

/** @returns a reader of calls, by what the catalog of this database says */
export async function readFunctions(client) {
  const functions = await rowsBy(
    client,
    'SELECT oid::int4 AS key, proname AS name, provolatile AS volatility FROM pg_proc',
  );
  const operators = await rowsBy(
    client,
    'SELECT oid::int4 AS key, oprname AS name, oprcode::oid::int4 AS function FROM pg_operator',
  );
  const types = await rowsBy(
    client,
    'SELECT oid::int4 AS key, typinput::oid::int4 AS input, typoutput::oid::int4 AS output FROM pg_type',
  );

  const functionsOf = (node) => {
    if (node.kind in CALLS) {
      const oid = Number(node[CALLS[node.kind]]);
      return [oid === 0 ? operators.get(Number(node.opno))?.function : oid];
    }
    if (node.kind === 'ROWCOMPAREEXPR') return node.opnos.slice(1).map((oid) => operators.get(Number(oid))?.function);
    if (node.kind !== 'COERCEVIAIO') return [];
    const from = TYPE_FIELDS.map((field) => node.arg?.[field]).find((type) => typeof type === 'string');
    return [types.get(Number(node.resulttype))?.input, types.get(Number(from))?.output];
  };

  /** @returns {Generator<Call>} of a part of the tree */
  return function* callsIn(value, isConditional = false) {
    const isBranch = (node) => node.kind === 'CASEEXPR' || node.kind === 'COALESCEEXPR';
    for (const node of nodesOf(value, (outer) => !isBranch(outer))) {
      if (isBranch(node)) {
        yield* callsIn(Object.values(node), true);
        continue;
      }
      const takesColumn = () => [...nodesOf(node)].some(({ kind }) => kind === 'VAR');
      if (node.kind in OTHER_CALLS) {
        yield { name: node.kind, volatility: OTHER_CALLS[node.kind], takesColumn: takesColumn(), isConditional };
      }
      for (const oid of functionsOf(node)) {
        const found = functions.get(oid);
        // Better refused than overlooked.
        const { name, volatility } = found ?? { name: `an unknown function in ${node.kind}`, volatility: 'v' };
        yield { name, volatility, takesColumn: volatility !== 'i' && takesColumn(), isConditional };
      }
    }
  };
}

async function rowsBy(client, sql) {
  const { rows } = await client.query(sql);
  return new Map(rows.map(({ key, ...row }) => [key, row]));
}
