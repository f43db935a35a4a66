import pg from 'pg';
import { type DatabaseAddress, readDatabaseUrl } from '../config/database-url.js';
import { StartupError } from '../errors/startup-error.js';

/**
 * What decides how values are written and read. It goes in the start-up packet, which outranks whatever the server, the role and
 * the database set, and PgBouncer keeps these per client (PgBouncer, "ignore_startup_parameters"). The driver adds the encoding.
 */
const STARTUP_SETTINGS = { TimeZone: 'UTC', DateStyle: 'ISO, MDY', standard_conforming_strings: 'on' };

/** As the server reports it when the packet arrived whole. */
const REPORTED_SETTINGS = { ...STARTUP_SETTINGS, client_encoding: 'UTF8' };

/** What no statement can say for itself, and no pooler knows. Settings that a server does not have yet are left out. */
const SESSION_SETTINGS = {
  default_transaction_isolation: 'read committed',
  // Otherwise foreign keys are not checked.
  session_replication_role: 'origin',
  // Numbers with a point would lose digits on their way.
  extra_float_digits: '1',
  // A refused statement would end the session.
  exit_on_error: 'off',
  idle_session_timeout: '0',
  transaction_timeout: '0',
};

function settlingStatement(settings: Readonly<Record<string, string>>): string {
  const reported = Object.keys(REPORTED_SETTINGS).map((name) => `current_setting('${name}') AS "${name}"`);
  const wanted = Object.entries(settings).map(([name, value]) => `('${name}', '${value}')`);
  return `SELECT ${reported.join(', ')},
    (SELECT count(set_config(name, value, false)) FROM (VALUES ${wanted.join(', ')}) AS wanted (name, value)
     WHERE current_setting(name, true) <> value) AS changed`;
}

/** How the driver is told where the database is, and what else the caller wants of a connection. */
export type ConnectionOptions = Omit<
  pg.ClientConfig,
  keyof DatabaseAddress | 'connectionString' | 'options' | 'ssl' | 'sslnegotiation' | 'client_encoding' | 'stream'
>;

/**
 * The driver's options for a database. All that the driver would else take from the environment (`PGHOST`, `PGSSLMODE`,
 * `PGPASSWORD` ...), from the home folder (`.pgpass`) or from its own reading of the URL is given.
 *
 * @throws DatabaseUrlFault
 */
export function connectionConfig(databaseUrl: string, options: ConnectionOptions): pg.ClientConfig {
  const { host, port, database, user, password, tls } = readDatabaseUrl(databaseUrl);
  return {
    application_name: 'gatehouse',
    ...options,
    host,
    port,
    database,
    user,
    password: password ?? refusePassword,
    ssl: tls,
    sslnegotiation: 'postgres',
    client_encoding: 'UTF8',
  };
}

/** A new connection is not as it was asked to be. */
export class SessionNotSettled extends StartupError {
  constructor(name: string, found: unknown, wanted: string) {
    super(
      `DATABASE_URL: ${name} is ${String(found)} though ${wanted} was asked for: what stands before Postgres must pass start-up parameters on`,
    );
  }
}

/** What the driver adds to the types: it asks this for the start-up packet. */
interface StartupPacket {
  getStartupConf(): Record<string, string>;
}

/** A connection whose session is as we want it, whatever the server, the role, the database and the shell have set. */
export class PostgresClient extends pg.Client {
  constructor(config: pg.ClientConfig = {}) {
    super(config);
    const packet = this as unknown as StartupPacket;
    const driverPacket = packet.getStartupConf.bind(this);
    // The two that the driver reads from the environment, and that no option of ours replaces.
    packet.getStartupConf = () => {
      const { options: _options, replication: _replication, ...kept } = driverPacket();
      return { ...kept, ...STARTUP_SETTINGS };
    };
  }
}

/**
 * What is to be done with each new connection: it sets what the packet cannot carry, and makes sure of what it carried, as a
 * pooler that drops it would let times be stored in another zone, for good.
 *
 * @param more settings by their names, with values that hold no quote
 * @returns a function that throws `SessionNotSettled`
 */
export function sessionSettler(more: Readonly<Record<string, string>>): (client: pg.ClientBase) => Promise<void> {
  const statement = settlingStatement({ ...SESSION_SETTINGS, ...more });
  return async (client) => {
    const { rows } = await client.query<Record<string, unknown>>(statement);
    for (const [name, wanted] of Object.entries(REPORTED_SETTINGS)) {
      const found = rows[0]?.[name];
      if (found !== wanted) throw new SessionNotSettled(name, found, wanted);
    }
  };
}

/** Thrown when the server asks for a password and there is none. */
function refusePassword(): never {
  throw Object.assign(new Error('The server asks for a password'), { code: PASSWORD_MISSING });
}

/** Not a SQLSTATE: the server is not told. */
export const PASSWORD_MISSING = 'PASSWORD_MISSING';
