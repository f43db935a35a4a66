import type pg from 'pg';

type Query = (...parameters: unknown[]) => unknown;

/**
 * Begins every transaction with what ours rely on, in the one round trip of its BEGIN: a server, a role or a database may have
 * other defaults. In any other isolation, what a lock was waited for would not be seen. A database that was closed for writing by
 * `default_transaction_read_only` stays closed.
 */
const BEGIN = 'BEGIN ISOLATION LEVEL READ COMMITTED';

/** Prisma's adapter begins by a bare BEGIN and sends the isolation, where it is given one, as a statement of its own. */
export function beginAsWeRelyOn(client: pg.ClientBase): void {
  const send = client.query.bind(client) as Query;
  const query: Query = (statement, ...rest) =>
    isBareBegin(statement) ? send({ ...statement, text: BEGIN }, ...rest) : send(statement, ...rest);
  client.query = query as typeof client.query;
}

function isBareBegin(statement: unknown): statement is pg.QueryConfig {
  return typeof statement === 'object' && statement !== null && 'text' in statement && statement.text === 'BEGIN';
}
