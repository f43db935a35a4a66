import type { Database } from '../../src/database/database.js';

/** Refusals are counted in memory and written within a second: the row of an earlier request may come at any moment. */
const WRITTEN_LATER = 'refusal_counts';

/** Every table of a database: what is in it, and the way back to what was in it. */
export class DatabaseState {
  private constructor(
    private readonly pool: Database['pool'],
    /** Tables that others point to come first. */
    private readonly tables: readonly string[],
  ) {}

  static async of({ pool }: Database): Promise<DatabaseState> {
    const { rows } = await pool.query<{ name: string; targets: string[] }>(
      `SELECT c.relname AS name,
         ARRAY(SELECT t.relname::text FROM pg_constraint f JOIN pg_class t ON t.oid = f.confrelid
           WHERE f.conrelid = c.oid AND f.contype = 'f') AS targets
       FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace`,
    );
    const ordered: string[] = [];
    for (let rest = rows; rest.length > 0; rest = rest.filter(({ name }) => !ordered.includes(name))) {
      const ready = rest.filter(({ targets }) => targets.every((target) => ordered.includes(target)));
      if (ready.length === 0) throw new Error('tables point at each other in a circle');
      ordered.push(...ready.map(({ name }) => name));
    }
    return new DatabaseState(pool, ordered);
  }

  /** MD5 over all rows, by table; of those that requests write. Two states are the same when these are. */
  async checksums(): Promise<Record<string, string>> {
    const parts = this.tables
      .filter((name) => name !== WRITTEN_LATER)
      .map(
        (name) =>
          `SELECT '${name}' AS name, md5(coalesce(string_agg(t::text, E'\\n' ORDER BY t::text), '')) AS sum FROM ${name} t`,
      );
    const { rows } = await this.pool.query<{ name: string; sum: string }>(parts.join(' UNION ALL '));
    return Object.fromEntries(rows.map(({ name, sum }) => [name, sum]));
  }

  /** Remembers all rows for `restore`. */
  async save(): Promise<void> {
    await this.pool.query('DROP SCHEMA IF EXISTS saved CASCADE; CREATE SCHEMA saved');
    for (const name of this.tables) await this.pool.query(`CREATE TABLE saved.${name} AS TABLE public.${name}`);
  }

  /** Brings back what `save` remembered, as if nothing had been written since. */
  async restore(): Promise<void> {
    const inserts = this.tables.map((name) => `INSERT INTO public.${name} TABLE saved.${name}`);
    // Of a few rows; TRUNCATE would make new files for all tables and indexes.
    const deletions = this.tables.toReversed().map((name) => `DELETE FROM public.${name}`);
    await this.pool.query(['BEGIN', ...deletions, ...inserts, 'COMMIT'].join('; '));
  }
}
