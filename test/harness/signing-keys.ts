import { withClient } from './postgres.js';

/** The keys of an app of this process, as JSON. To make them is most of the work of a start on a new database. */
let known: string | undefined;

/** Gives a new database the keys that an app of this process has made, so that its first app makes none. */
export async function giveSigningKeys(databaseUrl: string): Promise<void> {
  if (known === undefined) return;
  await withClient(databaseUrl, (client) =>
    client.query('INSERT INTO signing_keys SELECT * FROM jsonb_populate_recordset(NULL::signing_keys, $1)', [known]),
  );
}

/** Remembers the keys in a database. */
export async function keepSigningKeys(databaseUrl: string): Promise<void> {
  if (known !== undefined) return;
  const { rows } = await withClient(databaseUrl, (client) =>
    client.query<{ keys: string }>('SELECT jsonb_agg(signing_keys)::text AS keys FROM signing_keys'),
  );
  known = rows[0]?.keys;
}
