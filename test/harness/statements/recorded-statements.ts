import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import type { Database } from '../../../src/database/database.js';

/** Where the statements of the apps are written down, a line of JSON for each; scripts/distributed/statements.mjs judges them. */
const FOLDER = new URL('../../../.cache/statements/', import.meta.url).pathname;
/** The name under which the service connects. */
const SERVICE = 'gatehouse';

/** Stands behind what a test sends through the pool of an app: the service did not write that. */
const MARK = '-- of a test';

interface Recorder {
  readonly seen: Set<string>;
  unwritten: string[];
}

/** Once per process: the modules of the tests may be loaded anew for each file. */
const KEY = Symbol.for('gatehouse.recorded-statements');
const shared = globalThis as { [KEY]?: Recorder };
const recorder = (shared[KEY] ??= begin());

function begin(): Recorder {
  const begun: Recorder = { seen: new Set(), unwritten: [] };
  const { query } = pg.Client.prototype as unknown as { query: (...args: unknown[]) => unknown };
  Object.assign(pg.Client.prototype, {
    query(this: pg.Client & { connectionParameters?: { application_name?: string } }, ...args: unknown[]) {
      if (this.connectionParameters?.application_name === SERVICE) note(begun, textOf(args[0]));
      return query.apply(this, args);
    },
  });
  return begun;
}

function note({ seen, unwritten }: Recorder, text: string | null): void {
  if (text === null || seen.has(text) || text.endsWith(MARK)) return;
  seen.add(text);
  unwritten.push(text);
}

function textOf(asked: unknown): string | null {
  const text = typeof asked === 'string' ? asked : (asked as { text?: unknown } | null)?.text;
  return typeof text === 'string' ? text : null;
}

/** The database of an app, for tests: what they send by `pool.query` is told from what the service sends. */
export function withMarkedQueries(database: Database): Database {
  const pool = new Proxy(database.pool, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value !== 'function') return value;
      const method = value.bind(target) as (...args: unknown[]) => unknown;
      return property === 'query' ? (asked: unknown, ...rest: unknown[]) => method(marked(asked), ...rest) : method;
    },
  });
  return Object.create(database, { pool: { value: pool } }) as Database;
}

/** For what a test sends by other ways of the service. */
export function ofATest(text: string): string {
  return `${text} ${MARK}`;
}

/** A statement that has a name is prepared by its text: it is left as it is. */
function marked(asked: unknown): unknown {
  if (typeof asked === 'string') return ofATest(asked);
  const { text, name } = asked as { text?: unknown; name?: unknown };
  return typeof text === 'string' && name === undefined ? { ...(asked as object), text: `${text} ${MARK}` } : asked;
}

/** What the service has sent in this process. */
export function recordedStatements(): ReadonlySet<string> {
  return recorder.seen;
}

/** Each text once, whoever sent it how often. */
export function writeDownStatements(): void {
  if (recorder.unwritten.length === 0) return;
  mkdirSync(FOLDER, { recursive: true });
  const lines = recorder.unwritten.map((text) => `${JSON.stringify(text)}\n`);
  recorder.unwritten = [];
  appendFileSync(join(FOLDER, `${process.pid}.sql`), lines.join(''));
}
