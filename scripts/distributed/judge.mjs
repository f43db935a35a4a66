// Whether a statement keeps to what a database takes that is distributed by store (Citus: multi_router_planner.c).
import { readFunctions } from './functions.mjs';
import { readQueryTree } from './query-tree.mjs';
import { pinnedScopes, pinOf } from './store-pins.mjs';
import { isDistributed } from './tables.mjs';

/** CmdType of Postgres (src/include/nodes/nodes.h). */
const COMMANDS = { 1: 'SELECT', 2: 'UPDATE', 3: 'INSERT', 4: 'DELETE' };
/** What begins the tree of a statement that Postgres does not analyze, such as CREATE TABLE. */
const UTILITY = '{QUERY :commandType 6 ';
const RTE_RELATION = '0';
const RTE_SUBQUERY = '1';
const RTE_VALUES = '5';

/** What begins and ends transactions, which Postgres does not analyze. */
const TRANSACTIONS =
  /^(BEGIN( ISOLATION LEVEL [A-Z ]+)?|COMMIT|ROLLBACK|SAVEPOINT \w+|RELEASE SAVEPOINT \w+|ROLLBACK TO( SAVEPOINT)? \w+|SET TRANSACTION ISOLATION LEVEL [A-Z ]+)$/;

/** Hold something for as long as a connection lives, which may be another one at the next statement; or count for all stores. */
const OF_A_SESSION = /^(pg_(try_)?advisory_lock|nextval$|setval$|currval$|lastval$|pg_notify$)/;

/**
 * Judges statements by a database of this schema: it analyzes each as if it were to run it, so that every name, operator and cast
 * stands for what it really is.
 *
 * @param client a connection of `pg` that is used for nothing else
 * @returns `statement` says what is wrong with a statement, `script` with those of a migration, which it runs; nothing where nothing is.
 *   A migration may change the rows of all stores
 */
export async function statementJudge(client) {
  const callsIn = await readFunctions(client);
  const tables = await readTables(client);
  const equalities = await readEqualities(client);
  let written = [];
  client.on('notice', ({ message, detail }) => {
    if (message?.startsWith('parse tree') === true) written.push(detail);
  });
  await client.query('SET debug_print_parse = on; SET debug_pretty_print = off; SET client_min_messages = log');

  return { statement, script };

  async function statement(sql) {
    const text = sql.trim().replace(/;$/, '');
    if (TRANSACTIONS.test(text)) return [];
    try {
      const tree = await analyzed(text);
      return [...new Set([...callFaults(tree), ...storeFaults(tree)])];
    } catch (cause) {
      return [`cannot be analyzed: ${cause.message}`];
    }
  }

  async function script(sql) {
    written = [];
    await client.query(sql);
    const trees = written.filter((tree) => !tree.startsWith(UTILITY)).map(readQueryTree);
    return [...new Set(trees.flatMap((tree) => [...callFaults(tree)]))];
  }

  async function analyzed(text) {
    written = [];
    // In the extended protocol a text is one statement, so that no second one runs behind it.
    await client.query({ text: `PREPARE judged AS ${text}`, queryMode: 'extended' });
    const trees = written;
    await client.query('DEALLOCATE judged');
    // The first is that of PREPARE itself.
    return readQueryTree(trees[1] ?? '');
  }

  /** Every query of the statement, also those within others. */
  function scopesOf(tree) {
    return pinnedScopes(tree, tables.storeColumns, (operator) => equalities.has(Number(operator)));
  }

  function* callFaults(tree) {
    for (const { name } of callsIn(tree)) {
      if (OF_A_SESSION.test(name)) yield `calls ${name}(), which works within one session or for all stores`;
    }
    for (const { query } of scopesOf(tree)) {
      const command = COMMANDS[query.commandType];
      if (command === undefined || command === 'SELECT') continue;
      for (const { name, volatility } of callsIn(query.returningList)) {
        if (volatility !== 'i') yield `RETURNING calls ${name}(), which is not IMMUTABLE`;
      }
      for (const { name, volatility } of callsIn(query.onConflict)) {
        if (volatility !== 'i') yield `ON CONFLICT calls ${name}(), which is not IMMUTABLE`;
      }
      const isFromRows = query.rtable.some(({ rtekind }) => rtekind === RTE_SUBQUERY);
      if (command === 'INSERT' && !isFromRows) continue;
      const { returningList: _told, onConflict: _met, ...rest } = query;
      for (const { name, volatility, takesColumn, isConditional } of callsIn(rest)) {
        if (volatility === 'v') yield `${command} calls ${name}(), which is VOLATILE`;
        if (command === 'INSERT' || volatility !== 's') continue;
        if (takesColumn) yield `${command} calls ${name}(), which is not IMMUTABLE, with a column`;
        if (isConditional) yield `${command} calls ${name}(), which is not IMMUTABLE, in CASE or COALESCE`;
      }
    }
  }

  function* storeFaults(tree) {
    const scopes = scopesOf(tree);
    const named = new Set();
    for (const scope of scopes) {
      const { query, pins } = scope;
      const target = COMMANDS[query.commandType] === 'SELECT' ? 0 : Number(query.resultRelation);
      // `excluded` of ON CONFLICT stands among the tables: it is the row that is inserted.
      const excluded = Number(query.onConflict?.exclRelIndex ?? 0);
      for (const [index, { rtekind, relid }] of (query.rtable ?? []).entries()) {
        const name = rtekind === RTE_RELATION ? tables.names.get(Number(relid)) : undefined;
        if (name === undefined || !isDistributed(name) || index + 1 === excluded) continue;
        if (index + 1 === target) {
          const column = tables.storeColumns.get(Number(relid));
          const written = query.targetList?.find(({ resno }) => Number(resno) === column);
          if (COMMANDS[query.commandType] === 'INSERT') {
            const stores = insertedStores(scope, written, scopes);
            if (stores.includes(null)) yield `INSERT INTO ${name} does not say into which store`;
            // Rows that stand in the statement itself each name theirs.
            if (stores.length === 1) named.add(stores[0]);
            continue;
          }
          if (written !== undefined && COMMANDS[query.commandType] === 'UPDATE')
            yield `UPDATE moves rows of ${name} to another store`;
        }
        const pin = pins.get(index + 1);
        if (pin === undefined) yield `${name} is not held to one store`;
        else named.add(pin);
      }
    }
    named.delete(null);
    if (named.size > 1) yield `names more than one store: ${[...named].join(', ')}`;
  }

  /** One for each row that the statement itself holds, or one for all that it selects; null for what is not known. */
  function insertedStores(scope, written, scopes) {
    const expression = written?.expr;
    const entry = expression?.kind === 'VAR' ? scope.query.rtable[Number(expression.varno) - 1] : undefined;
    const column = Number(expression?.varattno) - 1;
    if (entry?.rtekind === RTE_VALUES) {
      return entry.values_lists.map((row) => pinOf(row[column], scope, scopes, tables.storeColumns));
    }
    if (entry?.rtekind !== RTE_SUBQUERY) return [pinOf(expression, scope, scopes, tables.storeColumns)];
    const inner = scopes.find(({ query }) => query === entry.subquery);
    return [pinOf(entry.subquery.targetList[column].expr, inner, scopes, tables.storeColumns)];
  }
}

/** Names of tables, and the numbers of the columns that say the store, by the oids of the tables. */
async function readTables(client) {
  const { rows } = await client.query(
    `SELECT class.oid::int4 AS oid, relname AS name, attnum::int4 AS column
       FROM pg_class class
       LEFT JOIN pg_attribute ON attrelid = class.oid AND attname = CASE relname WHEN 'stores' THEN 'id' ELSE 'store_id' END
      WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')`,
  );
  const columns = rows.filter(({ column }) => column !== null);
  return {
    names: new Map(rows.map(({ oid, name }) => [oid, name])),
    storeColumns: new Map(columns.map(({ oid, column }) => [oid, column])),
  };
}

async function readEqualities(client) {
  const { rows } = await client.query(`SELECT oid::int4 AS oid FROM pg_operator WHERE oprname = '='`);
  return new Set(rows.map(({ oid }) => oid));
}
