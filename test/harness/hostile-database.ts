import { hostileSettings, setForLater } from './hostile-settings.js';
import { freshDatabaseUrl, withClient } from './postgres.js';

/**
 * A database with all migrations and no rows, in which nothing that a client may set has its usual value.
 *
 * @param timeLimits false: but for time limits, which behind a pooler are those of the role and the database
 */
export async function hostileDatabaseUrl({ timeLimits = true } = {}): Promise<string> {
  const url = await freshDatabaseUrl({});
  await withClient(url, async (client) => {
    const settings = [...(await hostileSettings(client))].filter(([name]) => timeLimits || !name.endsWith('_timeout'));
    await setForLater(client, `DATABASE ${new URL(url).pathname.slice(1)}`, new Map(settings));
  });
  return url;
}
