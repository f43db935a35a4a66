import { ApplicationKeys } from '../access/application-keys.js';
import { StoreSettingsReader } from '../access/store-settings.js';
import { Stores } from '../access/stores.js';
import { ApplicationKeysService } from '../application-keys/application-keys.service.js';
import { Clock } from '../clock/clock.js';
import { readConfig, type ServiceConfig } from '../config/config.js';
import { type Environment, settingOf } from '../config/environment-text.js';
import { databaseStartupError } from '../database/database-startup-error.js';
import { Database } from '../database/database.js';
import { isSchemaCurrent } from '../database/migrations.js';
import { StartupError } from '../errors/startup-error.js';
import { RealmsService } from '../realms/realms.service.js';
import { JobJournal } from '../jobs/job-journal.js';
import { runningDatabaseUrl } from './running-database.js';

/** What the HTTP interface works with, without the interface: the rules are the same. */
export interface OperatorTools {
  readonly stores: Stores;
  /** A store that is made begins with a realm. */
  readonly realms: RealmsService;
  readonly settings: StoreSettingsReader;
  readonly keys: ApplicationKeysService;
  readonly jobs: JobJournal;
}

/**
 * Connects, lends the tools, and disconnects.
 *
 * @throws ConfigError, StartupError for what the operator can mend
 */
export async function withOperatorTools<Result>(
  environment: Environment,
  work: (tools: OperatorTools) => Promise<Result>,
): Promise<Result> {
  const config = operatorConfig(environment);
  const clock = new Clock();
  const database = new Database(config, clock);
  try {
    await checkDatabase(database, config.databaseUrl);
    const stores = new Stores(database, clock);
    return await work({
      stores,
      realms: new RealmsService(database, stores, clock),
      settings: new StoreSettingsReader(database, clock),
      keys: new ApplicationKeysService(database, new ApplicationKeys(database, clock), clock),
      jobs: new JobJournal(database),
    });
  } finally {
    await database.onApplicationShutdown();
  }
}

/** The rest of the environment is the service's: whoever makes a store needs no master key. */
function operatorConfig({ DATABASE_URL, DATABASE_URL_FILE, DATA_DIR, ...rest }: Environment): ServiceConfig {
  const config = readConfig({ DATABASE_URL, DATABASE_URL_FILE, DATA_DIR });
  if (config.databaseUrl === null && settingOf(rest, 'NODE_ENV') === 'production') {
    throw new StartupError('DATABASE_URL is required in production: give the postgresql:// URL of the database');
  }
  return Object.freeze<ServiceConfig>({
    ...config,
    databaseUrl: config.databaseUrl ?? runningDatabaseUrl(config.dataDir),
    databasePoolSize: 2,
    publicUrl: '',
    logDestination: 'stderr',
  });
}

async function checkDatabase(database: Database, databaseUrl: string): Promise<void> {
  try {
    const query = async (sql: string) => (await database.query<Record<string, unknown>>({ text: sql })).rows;
    if (await isSchemaCurrent(query)) return;
  } catch (cause) {
    throw databaseStartupError(cause, databaseUrl);
  }
  throw new StartupError('DATABASE_URL: the schema is not that of this version: run `npm run migrate` first');
}
