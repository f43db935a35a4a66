import { randomBytes } from 'node:crypto';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { parseMasterKeys } from '../config/master-key.js';
import { StartupError } from '../errors/startup-error.js';
import { errorCode, makeDataDir, readIfThere, writeOnce } from './private-files.js';

const SECRET_BYTES = 32;

export interface ClientCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** The content of `dev-credentials.json`. */
const DevelopmentCredentials = z.object({
  base_url: z.string(),
  /** Only where it is another one than the base URL. */
  listening_url: z.string().exactOptional(),
  store_id: z.string(),
  client_id: z.string().regex(/^[A-Za-z0-9._~-]{3,64}$/),
  client_secret: z.string().min(32).max(256),
});

export type DevelopmentCredentials = z.infer<typeof DevelopmentCredentials>;

/**
 * The master key of a development machine, made in `dataDir/master-key` on first use.
 *
 * @throws StartupError when the file holds something else
 */
export function developmentMasterKeys(dataDir: string): Buffer[] {
  makeDataDir(dataDir);
  const path = join(dataDir, 'master-key');
  const text = readIfThere(path) ?? writeOnce(path, `${randomBytes(SECRET_BYTES).toString('base64')}\n`);
  const faults: string[] = [];
  const keys = parseMasterKeys(text.trim(), (fault) => faults.push(fault));
  const [fault] = faults;
  if (fault === undefined) return keys;
  throw new StartupError(
    `MASTER_KEY: ${path} is damaged: restore it, or remove ${dataDir} to begin with an empty database`,
  );
}

/** @throws StartupError when `dev-credentials.json` is damaged */
export function readDevelopmentCredentials(dataDir: string): ClientCredentials | null {
  const path = credentialsPath(dataDir);
  const text = readIfThere(path);
  if (text === null) return null;
  try {
    const { client_id, client_secret } = DevelopmentCredentials.parse(JSON.parse(text));
    return { clientId: client_id, clientSecret: client_secret };
  } catch (cause) {
    throw new StartupError(`DATA_DIR: ${path} is damaged: restore it, or remove it to get a new application key`, {
      cause,
    });
  }
}

export function newCredentials(): ClientCredentials {
  return {
    clientId: randomBytes(SECRET_BYTES).toString('base64url'),
    clientSecret: randomBytes(SECRET_BYTES).toString('base64url'),
  };
}

/** Keeps the credentials for the next start and for other programs of this user. */
export function writeDevelopmentCredentials(dataDir: string, credentials: DevelopmentCredentials): void {
  const path = credentialsPath(dataDir);
  const draft = `${path}.${process.pid}`;
  try {
    writeFileSync(draft, `${JSON.stringify(credentials, null, 2)}\n`, { mode: 0o600, flush: true });
    renameSync(draft, path);
  } catch (cause) {
    throw new StartupError(`DATA_DIR: ${path} cannot be written (${errorCode(cause)}): mend its owner and mode`, {
      cause,
    });
  }
}

function credentialsPath(dataDir: string): string {
  return join(dataDir, 'dev-credentials.json');
}
