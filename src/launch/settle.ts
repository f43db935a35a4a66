import { join } from 'node:path';
import { readConfig, type AppConfig, type ServiceConfig } from '../config/config.js';
import { type Environment, settingOf } from '../config/environment-text.js';
import { StartupError } from '../errors/startup-error.js';
import type { Cleanup } from './cleanup.js';
import { developmentMasterKeys, newCredentials, readDevelopmentCredentials } from './development-files.js';
import { startEmbeddedPostgres } from './embedded-postgres.js';
import type { Interruption } from './interruption.js';
import { settlePort } from './listen-port.js';
import { LocalProviderThread, providerPorts } from './local-provider-thread.js';
import { makeThrowawayFolder, removeThrowawayFolder, sweepThrowawayFolders } from './throwaway-folders.js';

/** A configuration with nothing left open. */
export interface Settled {
  readonly config: ServiceConfig;
  /** What this process may tell its user: secrets are shown where the database is our own only. */
  readonly mode: 'embedded' | 'ephemeral' | 'given database';
  /** Where it really listens, as clients on this machine reach it. The one base URL that is told is `config.publicUrl`. */
  readonly listeningUrl: string;
  /** The OpenID Provider that runs beside the service. Null: none is wanted. */
  readonly localProvider: LocalProviderThread | null;
}

/** What the throwaway mode decides by itself, whatever the environment says: it must never touch data that is there. */
const OVERRIDDEN = ['DATABASE_URL', 'DATABASE_URL_FILE'];

/**
 * Checks the environment and settles what it leaves open: the port, the database, the master key and the first application key.
 * Everything that outlives the call is registered for clean-up.
 *
 * @throws ConfigError, StartupError
 */
export async function settle(
  args: readonly string[],
  environment: Environment,
  cleanup: Cleanup,
  interruption: Interruption,
): Promise<Settled> {
  const ephemeral = wantsThrowaway(args);
  const config = readConfig(ephemeral ? throwawayEnvironment(environment) : environment);
  if (ephemeral && config.environment === 'production') {
    throw new StartupError('NODE_ENV=production and --ephemeral do not go together: the throwaway mode is for tests');
  }
  const port = await settlePort(config.port, config.host);
  const localProvider = wantsLocalProvider(config)
    ? startLocalProvider(ephemeral ? [0] : providerPorts(port), cleanup)
    : null;
  const dataDir = ephemeral ? await throwawayDataDir(cleanup) : config.dataDir;
  const databaseUrl = config.databaseUrl ?? (await ownDatabase(dataDir, ephemeral, cleanup, interruption));
  const mode = ephemeral ? 'ephemeral' : config.databaseUrl === null ? 'embedded' : 'given database';
  const listeningUrl = `http://${reachable(config.host)}:${port}`;
  interruption.check();
  return {
    mode,
    localProvider,
    listeningUrl,
    config: Object.freeze<ServiceConfig>({
      ...config,
      port,
      dataDir,
      databaseUrl,
      publicUrl: config.publicUrl ?? listeningUrl,
      masterKeys: config.masterKeys.length > 0 ? config.masterKeys : developmentMasterKeys(dataDir),
      bootstrapKey: config.bootstrapKey ?? bootstrapKey(config, mode),
      logDestination: ephemeral ? 'stderr' : 'stdout',
    }),
  };
}

/** Only beside a database of our own, and where a provider on this machine may be called. */
function wantsLocalProvider({ databaseUrl, oidcAllowPrivateHosts }: AppConfig): boolean {
  return databaseUrl === null && oidcAllowPrivateHosts;
}

function startLocalProvider(ports: readonly number[], cleanup: Cleanup): LocalProviderThread {
  const thread = new LocalProviderThread(ports);
  cleanup.add(() => thread.stop());
  return thread;
}

function wantsThrowaway(args: readonly string[]): boolean {
  const unknown = args.find((argument) => argument !== '--ephemeral');
  if (unknown !== undefined) throw new StartupError(`Unknown argument ${unknown}: the only one is --ephemeral`);
  return args.length > 0;
}

function throwawayEnvironment(environment: Environment): Environment {
  const kept = Object.entries(environment).filter(([name]) => !OVERRIDDEN.includes(name));
  return { ...Object.fromEntries(kept), PORT: settingOf(environment, 'PORT') ?? '0' };
}

async function throwawayDataDir(cleanup: Cleanup): Promise<string> {
  await sweepThrowawayFolders();
  const folder = makeThrowawayFolder('ephemeral');
  cleanup.add(() => removeThrowawayFolder(folder));
  return folder;
}

async function ownDatabase(
  dataDir: string,
  throwaway: boolean,
  cleanup: Cleanup,
  interruption: Interruption,
): Promise<string> {
  const postgres = await startEmbeddedPostgres(dataDir, { throwaway });
  let wanted = true;
  cleanup.add(() => {
    wanted = false;
    return postgres.stop();
  });
  const watch = async () => {
    await postgres.ended;
    const log = join(dataDir, 'postgres.log');
    if (wanted) interruption.interrupt(new StartupError(`DATA_DIR: the embedded Postgres ended by itself: see ${log}`));
  };
  void watch();
  return postgres.url;
}

function bootstrapKey({ dataDir }: AppConfig, mode: Settled['mode']): ServiceConfig['bootstrapKey'] {
  if (mode === 'given database') return null;
  return (mode === 'embedded' ? readDevelopmentCredentials(dataDir) : null) ?? newCredentials();
}

/** All addresses, and the usual one of this machine, are reached by its name. */
function reachable(host: string): string {
  if (['0.0.0.0', '::', '127.0.0.1'].includes(host)) return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}
