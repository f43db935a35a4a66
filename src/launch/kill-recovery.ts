import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { stopOrphan } from './postgres-server.js';
import { sweepThrowawayFolders } from './throwaway-folders.js';

/**
 * Stops the Postgres, and removes the throwaway folder, of a service that was killed and could not do so. Nothing that a living
 * process uses is touched.
 */
export async function clearUpAfterKill(dataDir: string): Promise<void> {
  const cluster = join(dataDir, 'postgres', 'cluster');
  if (existsSync(cluster)) await stopOrphan(realpathSync(cluster));
  await sweepThrowawayFolders();
}
