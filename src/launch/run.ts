import { setTimeout as delay } from 'node:timers/promises';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { applyMigrations } from '../database/migrations.js';
import type { LocalSignIn } from '../local-provider/local-sign-in.js';
import { StartupError } from '../errors/startup-error.js';
import { announce } from './announcement.js';
import { Cleanup } from './cleanup.js';
import { describeFailure } from './failure.js';
import { Interrupted, Interruption } from './interruption.js';
import { listenError } from './listen-port.js';
import { settle, type Settled } from './settle.js';

/** Requests in flight are answered, but a client that never finishes one is not waited for longer. */
const REQUESTS_END_WITHIN_MILLISECONDS = 5_000;
/** Whatever happens, the process ends this long after it was asked to. */
const STOP_WITHIN_MILLISECONDS = 9_500;

type Environment = Readonly<Record<string, string | undefined>>;

/** Runs the service until it is told to stop, then ends the process. */
export async function run(args: readonly string[], environment: Environment): Promise<void> {
  const interruption = new Interruption();
  const cleanup = new Cleanup();
  let exitCode = 0;
  try {
    await serve(args, environment, cleanup, interruption);
  } catch (cause) {
    if (!(cause instanceof Interrupted)) {
      exitCode = 1;
      for (const line of describeFailure(cause, environment)) process.stderr.write(`${line}\n`);
    }
  }
  setTimeout(() => process.exit(1), STOP_WITHIN_MILLISECONDS).unref();
  const failures = await cleanup.run();
  for (const line of failures.flatMap((cause) => describeFailure(cause, environment)))
    process.stderr.write(`${line}\n`);
  process.exit(failures.length > 0 ? 1 : exitCode);
}

async function serve(
  args: readonly string[],
  environment: Environment,
  cleanup: Cleanup,
  interruption: Interruption,
): Promise<never> {
  const settling = settle(args, environment, cleanup, interruption);
  // Takes about a second, which Postgres needs as well: it goes on in a process of its own meanwhile.
  const loading = import('../app.setup.js');
  loading.catch(() => {});
  const settled = await settling;
  const { config } = settled;
  if (config.environment !== 'production') await applyMigrations(config.databaseUrl);
  interruption.check();
  const { createApp, defaultStoreId, whenReady } = await loading;
  const app = await createApp(config);
  cleanup.add(() => Promise.race([app.close(), delay(REQUESTS_END_WITHIN_MILLISECONDS)]));
  interruption.check();
  try {
    await app.listen({ port: config.port, host: config.host });
  } catch (cause) {
    throw listenError(cause, config.port, config.host);
  }
  await Promise.race([whenReady(app), interruption.occurred]);
  const storeId = await defaultStoreId(app);
  announce(settled, storeId, await Promise.race([registeredSignIn(settled, app, storeId), interruption.occurred]));
  return interruption.occurred;
}

/** Makes the provider beside the service one of its OIDC profiles. A service whose provider fails is as good as one without. */
async function registeredSignIn(
  { localProvider, config }: Settled,
  app: NestFastifyApplication,
  storeId: string,
): Promise<LocalSignIn | null> {
  if (localProvider === null) return null;
  const started = await localProvider.started;
  try {
    if ('failure' in started) throw new StartupError(started.failure);
    const { registerProfile } = await import('./local-sign-in.js');
    const signIn = await registerProfile(app, { publicUrl: config.publicUrl, storeId }, started.provider);
    localProvider.setRedirectUri(signIn.callbackUrl);
    return signIn;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    process.stderr.write(
      `Single sign-on is not set up: ${reason}. OIDC_ALLOW_PRIVATE_HOSTS=false starts without it.\n`,
    );
    return null;
  }
}
