import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { DefaultStore } from '../access/default-store.js';
import { SERVICE_CONFIG, type ServiceConfig } from '../config/config.js';
import { translateDatabaseError } from '../database/database-errors.js';
import { databaseStartupError, isConnectionTimeout } from '../database/database-startup-error.js';
import { Database } from '../database/database.js';
import { isSchemaCurrent } from '../database/migrations.js';
import { KeyRing } from '../keys/key-ring.js';

const POLL_INTERVAL_MS = 500;
/** On a machine that starts much else, the first connection may take longer than a request would wait for it. */
const FIRST_CONNECTION_WITHIN_MS = 10_000;

/** What keeps the service from being ready, for the answer of `/health/ready`. */
export type NotReady =
  | 'database unreachable'
  | 'database encoding is not UTF8'
  | 'database read-only'
  | 'schema not migrated'
  | 'starting';

/** A standby that takes no writes, or a database that was closed for writing. */
const FACTS = `
  SELECT current_setting('server_encoding') AS encoding,
    pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean AS "readOnly"`;

/**
 * Brings the service from a connected process to a ready one: schema current, keys open, default store there. Where the schema
 * is not current yet (production migrates in a step of its own) it waits for it, and the service answers 503 meanwhile.
 */
@Injectable()
export class Startup implements OnModuleDestroy {
  /** Settles when the service is ready; rejects with a `StartupError` when it never will be. */
  readonly completed: Promise<void>;
  private complete = false;
  private checking: Promise<NotReady | null> | null = null;
  private timer: NodeJS.Timeout | undefined;
  private readonly steps: (() => Promise<void>)[] = [];
  private settle: { resolve: () => void; reject: (cause: unknown) => void } = { resolve() {}, reject() {} };

  constructor(
    private readonly database: Database,
    private readonly keyRing: KeyRing,
    private readonly defaultStore: DefaultStore,
    @Inject(SERVICE_CONFIG) private readonly config: ServiceConfig,
  ) {
    this.completed = new Promise((resolve, reject) => {
      this.settle = { resolve, reject };
    });
    // Whoever waits is told; when nobody waits yet, the rejection must not end the process by itself.
    this.completed.catch(() => {});
  }

  /** For features that have something to do with what is stored before the first request. May run again, and in several replicas. */
  addStep(step: () => Promise<void>): void {
    this.steps.push(step);
  }

  get isComplete(): boolean {
    return this.complete;
  }

  /**
   * Finishes at once where the schema is current; otherwise it returns and goes on in the background.
   *
   * @throws StartupError
   */
  async begin(): Promise<void> {
    await this.connect();
    if (await this.tryToComplete()) return;
    const poll = () => {
      this.timer = setTimeout(() => {
        this.tryToComplete().then((done) => done || poll(), this.settle.reject);
      }, POLL_INTERVAL_MS);
    };
    poll();
  }

  onModuleDestroy(): void {
    clearTimeout(this.timer);
  }

  /** What is missing now, or null. Asks the database, once for all who ask at the same time. */
  obstacle(): Promise<NotReady | null> {
    this.checking ??= this.check().finally(() => {
      this.checking = null;
    });
    return this.checking;
  }

  private async check(): Promise<NotReady | null> {
    try {
      const { rows } = await this.database.query<{ encoding: string; readOnly: boolean }>({ text: FACTS });
      if (rows[0]?.encoding !== 'UTF8') return 'database encoding is not UTF8';
      if (rows[0].readOnly) {
        // The next question, and the next write, may reach the server that took over.
        this.database.renewConnections();
        return 'database read-only';
      }
      if (!(await this.schemaIsCurrent())) return 'schema not migrated';
    } catch {
      return 'database unreachable';
    }
    return this.complete ? null : 'starting';
  }

  private async connect(): Promise<void> {
    const deadline = performance.now() + FIRST_CONNECTION_WITHIN_MS;
    for (;;) {
      try {
        await this.database.query({ text: 'SELECT 1' });
        return;
      } catch (cause) {
        if (isConnectionTimeout(cause) && performance.now() < deadline) continue;
        throw databaseStartupError(cause, this.config.databaseUrl);
      }
    }
  }

  private async tryToComplete(): Promise<boolean> {
    const obstacle = await this.obstacle();
    if (obstacle !== 'starting') return false;
    try {
      await this.keyRing.open();
      await this.defaultStore.ensure();
      for (const step of this.steps) await step();
    } catch (cause) {
      // It was there a moment ago, and may be back in another.
      if (translateDatabaseError(cause)?.code === 'unavailable') return false;
      throw cause;
    }
    this.complete = true;
    this.settle.resolve();
    return true;
  }

  private schemaIsCurrent(): Promise<boolean> {
    return isSchemaCurrent(async (sql) => (await this.database.query<Record<string, unknown>>({ text: sql })).rows);
  }
}
