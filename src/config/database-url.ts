import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { createSecureContext, type ConnectionOptions } from 'node:tls';
import { X509Certificate } from 'node:crypto';
import { parseUrl } from './url.js';

/** Where the database is and how it is reached: all that `DATABASE_URL` says. */
export interface DatabaseAddress {
  /** A name, an address, or the folder of a Unix socket (it begins with `/`). */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  /** Null: none is given, as for `trust`, `peer` and client certificates. */
  readonly password: string | null;
  /** False: without TLS. */
  readonly tls: ConnectionOptions | false;
}

/** What is wrong with a `DATABASE_URL`: what follows its name in a line for the operator. Holds neither user nor password. */
export class DatabaseUrlFault extends Error {
  constructor(text: string) {
    super(text);
    this.name = 'DatabaseUrlFault';
  }
}

/** The schema that holds the tables: migrations, Prisma and our own statements name it, and no `search_path` is asked. */
export const DATABASE_SCHEMA = 'public';

const DEFAULT_PORT = 5432;
const FORM = 'postgresql://user:password@host:5432/database';

/** What the query may hold. */
const PARAMETERS = ['host', 'schema', 'sslmode', 'sslrootcert', 'sslcert', 'sslkey'];

/** What other programs take, and what to use here. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  connection_limit: 'set DATABASE_POOL_SIZE',
  pool_timeout: 'the wait for a connection is fixed',
  connect_timeout: 'the wait for a connection is fixed',
  application_name: 'it is always gatehouse',
  pgbouncer: 'nothing is needed for it',
  user: `write ${FORM}`,
  password: `write ${FORM}`,
  dbname: `write ${FORM}`,
  port: `write ${FORM}`,
  options: 'set them on the role',
  ssl: 'use sslmode',
  sslaccept: 'use sslmode',
  uselibpqcompat: 'sslmode always means what it means to libpq',
  target_session_attrs: 'give the URL of the primary',
};

/** As in libpq (PostgreSQL, "SSL Support"), but for the two that leave it to the server whether anything is encrypted. */
const TLS_MODES = ['disable', 'require', 'verify-ca', 'verify-full'];

/**
 * Reads a `DATABASE_URL`, with the files that it names. Nothing else is asked: no environment variable, no file in the home
 * folder. This is the only reader, for the check at start as for each connection.
 *
 * @throws DatabaseUrlFault
 */
export function readDatabaseUrl(text: string): DatabaseAddress {
  const url = parseUrl(text);
  if (url === null || !/^postgres(ql)?:$/.test(url.protocol) || !/^\w+:\/\//.test(text)) {
    throw new DatabaseUrlFault('must be a postgresql:// URL');
  }
  if (url.hash !== '') throw new DatabaseUrlFault('must not have a fragment: write # as %23');
  const parameters = readParameters(url.searchParams);
  const host = readHost(url, parameters['host']);
  return {
    host,
    port: url.port === '' ? DEFAULT_PORT : Number(url.port),
    database: readDatabase(url),
    user: url.username === '' ? systemUser() : decoded(url.username, 'user'),
    password: url.password === '' ? null : decoded(url.password, 'password'),
    tls: readTls(parameters, host.startsWith('/')),
  };
}

function readParameters(query: URLSearchParams): Readonly<Record<string, string | undefined>> {
  for (const name of new Set(query.keys())) {
    if (query.getAll(name).length > 1) throw new DatabaseUrlFault(`has ${shown(name)} more than once: keep one`);
    if (PARAMETERS.includes(name)) continue;
    const instead = Object.hasOwn(ELSEWHERE, name) ? ELSEWHERE[name] : `the query may hold ${PARAMETERS.join(', ')}`;
    throw new DatabaseUrlFault(`must not have ${shown(name)} in its query: ${instead}`);
  }
  const parameters = Object.fromEntries(query);
  if ((parameters['schema'] ?? DATABASE_SCHEMA) !== DATABASE_SCHEMA) {
    throw new DatabaseUrlFault(
      `must not name another schema than ${DATABASE_SCHEMA}: Gatehouse wants a database of its own`,
    );
  }
  return parameters;
}

function readHost(url: URL, folder: string | undefined): string {
  if (folder !== undefined) {
    if (!folder.startsWith('/')) {
      throw new DatabaseUrlFault(`may have host in its query for the folder of a Unix socket only: write ${FORM}`);
    }
    return folder;
  }
  const host = decoded(url.hostname, 'host').replace(/^\[(.*)\]$/, '$1');
  if (host === '') throw new DatabaseUrlFault(`must name the host: ${FORM}`);
  if (host.includes(',')) throw new DatabaseUrlFault('must name one host: give the address that leads to the primary');
  return host;
}

function readDatabase(url: URL): string {
  const database = decoded(url.pathname.slice(1), 'database');
  if (database === '') throw new DatabaseUrlFault(`must name the database: ${FORM}`);
  return database;
}

/** As libpq does without a user: the name of the account that runs the process. */
function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    throw new DatabaseUrlFault(`must name the user: ${FORM}`);
  }
}

function readTls(
  { sslmode, sslrootcert, sslcert, sslkey }: Readonly<Record<string, string | undefined>>,
  isSocket: boolean,
): ConnectionOptions | false {
  const mode = sslmode ?? 'disable';
  if (mode === 'allow' || mode === 'prefer') {
    throw new DatabaseUrlFault(
      `must not have sslmode=${mode}, which leaves it to the server whether anything is encrypted: use verify-full, require or disable`,
    );
  }
  if (!TLS_MODES.includes(mode)) throw new DatabaseUrlFault(`has an unknown sslmode: use ${TLS_MODES.join(', ')}`);
  if (mode === 'disable') {
    const unused = Object.entries({ sslrootcert, sslcert, sslkey }).find(([, value]) => value !== undefined)?.[0];
    if (unused === undefined) return false;
    throw new DatabaseUrlFault(`has ${unused} without TLS: add sslmode=verify-full`);
  }
  if (isSocket) throw new DatabaseUrlFault(`has sslmode=${mode} for a Unix socket, which knows no TLS: drop it`);
  // Anybody can have a certificate of a public authority for some name.
  if (mode === 'verify-ca' ? (sslrootcert ?? 'system') === 'system' : mode === 'require' && sslrootcert === 'system') {
    throw new DatabaseUrlFault(
      `has sslmode=${mode} without an authority of its own: add sslrootcert with its file, or use verify-full`,
    );
  }
  return { ...authorities(mode, sslrootcert), ...clientCertificate(sslcert, sslkey) };
}

/** `require` with an authority checks it, as in libpq. */
function authorities(mode: string, file: string | undefined): ConnectionOptions {
  if (file === undefined || file === 'system') return { rejectUnauthorized: mode === 'verify-full' };
  const ca = readPem('sslrootcert', file);
  const bundle = ca.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (bundle.length === 0 || !bundle.every(isCertificate)) {
    throw new DatabaseUrlFault('has an sslrootcert that holds no certificate: name a file in PEM form');
  }
  const trust: ConnectionOptions = { ca: [...bundle], rejectUnauthorized: true };
  return mode === 'verify-full' ? trust : { ...trust, checkServerIdentity: anyName };
}

function anyName(): undefined {}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).fingerprint256 !== '';
  } catch {
    return false;
  }
}

function clientCertificate(certFile: string | undefined, keyFile: string | undefined): ConnectionOptions {
  if (certFile === undefined && keyFile === undefined) return {};
  if (certFile === undefined || keyFile === undefined) {
    throw new DatabaseUrlFault('must have sslcert and sslkey together');
  }
  const pair = { cert: readPem('sslcert', certFile), key: readPem('sslkey', keyFile) };
  try {
    createSecureContext(pair);
  } catch {
    throw new DatabaseUrlFault(
      'has an sslcert and an sslkey that do not fit: name a certificate and its key in PEM form, the key without a passphrase',
    );
  }
  return pair;
}

function readPem(parameter: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const { code = 'unknown' } = cause as NodeJS.ErrnoException;
    throw new DatabaseUrlFault(`has an ${parameter} that cannot be read (${code}): name a readable file`);
  }
}

function decoded(text: string, part: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new DatabaseUrlFault(`has a % in its ${part} that begins no escape: write % as %25`);
  }
}

/** A name from the query, which may be anything: a password that holds a `?` ends up there. */
function shown(name: string): string {
  return Object.hasOwn(ELSEWHERE, name) || PARAMETERS.includes(name) ? name : 'an unknown parameter';
}
