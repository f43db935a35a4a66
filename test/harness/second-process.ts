import type { TestApp } from './app.js';
import { type ServiceProcess, startProcess } from './service-process.js';

/**
 * A real second process of the built service on the database, keys and public URL of the app. End it with `endAll`.
 *
 * @returns where it listens
 */
export async function startSecondProcess(app: TestApp): Promise<string> {
  return (await followSecondProcess(app)).origin;
}

/** The same, for tests that end it themselves. */
export async function followSecondProcess({
  config,
}: TestApp): Promise<{ readonly origin: string; readonly process: ServiceProcess }> {
  const process = startProcess({
    through: 'service',
    env: {
      NODE_ENV: 'test',
      DATABASE_URL: config.databaseUrl,
      PUBLIC_URL: config.publicUrl,
      MASTER_KEY: config.masterKeys.map((key) => key.toString('base64')).join(','),
      ARGON2_MEMORY_KIB: String(config.argon2MemoryKib),
      ARGON2_PASSES: String(config.argon2Passes),
      HASH_CONCURRENCY: String(config.hashConcurrency),
    },
  });
  // The public URL is the app's, at which nobody listens.
  const line = await process.shows(/, and listens at \S+\n/);
  return { origin: line.replace(', and listens at ', '').trim(), process };
}
