import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { ALONE, endAll, startProcess } from '../harness/service-process.js';
import { isThorough } from '../harness/tier/sizes.js';

afterEach(endAll);

/** Of libpq (PostgreSQL, "Environment Variables"), which the driver follows; what it reads besides is found in its source. */
const HOSTILE: Readonly<Record<string, string>> = {
  PGHOST: '192.0.2.1',
  PGHOSTADDR: '192.0.2.1',
  PGPORT: '1',
  PGUSER: 'nobody',
  PGDATABASE: 'nowhere',
  PGPASSWORD: 'wrong',
  PGPASSFILE: '/nowhere/pgpass',
  PGSERVICE: 'nothing',
  PGSSLMODE: 'require',
  PGSSLNEGOTIATION: 'direct',
  PGSSLROOTCERT: '/nowhere/root.pem',
  PGSSLCERT: '/nowhere/client.pem',
  PGSSLKEY: '/nowhere/client.key',
  PGOPTIONS: '-c search_path=elsewhere -c statement_timeout=1',
  PGAPPNAME: 'another',
  PGFALLBACK_APPLICATION_NAME: 'another',
  PGCONNECT_TIMEOUT: '1',
  PGCLIENT_ENCODING: 'LATIN1',
  PGCLIENTENCODING: 'LATIN1',
  PGTZ: 'Asia/Tokyo',
  PGDATESTYLE: 'German',
  PGREPLICATION: 'database',
  PGBINARY: 'true',
  PGDATA: '/nowhere',
  NODE_PG_FORCE_NATIVE: '1',
  USER: 'nobody',
  USERNAME: 'nobody',
  LANG: 'de_DE.ISO-8859-1',
  LC_ALL: 'de_DE.ISO-8859-1',
};

/** Variables that the driver reads by name, or makes of the name of an option. */
function readByTheDriver(): Set<string> {
  const folder = 'node_modules/pg/lib';
  const text = readdirSync(folder)
    .filter((name) => name.endsWith('.js'))
    .map((name) => readFileSync(`${folder}/${name}`, 'utf8'))
    .join('\n');
  const named = [...text.matchAll(/process\.env\.(\w+)|val\('\w+', config, '(\w+)'\)/g)];
  const made = [...text.matchAll(/val\('(\w+)', config\)/g)];
  return new Set([
    ...named.map(([, direct, asked]) => direct ?? asked ?? ''),
    ...made.map(([, option = '']) => `PG${option.toUpperCase()}`),
  ]);
}

describe('what the shell says to other clients of Postgres', () => {
  it('is all that the driver reads, so that nothing new of it goes untested', () => {
    expect([...readByTheDriver()].filter((name) => !(name in HOSTILE))).toEqual([]);
    expect(readByTheDriver().size).toBeGreaterThan(10);
  });

  it.runIf(isThorough)(
    'decides nothing about the embedded database, nor does the time zone of the machine about times',
    async () => {
      const env = { ...ALONE, ...HOSTILE, TZ: 'America/New_York' };
      const service = startProcess({ args: ['--ephemeral'], env });
      const told: Record<string, string> = JSON.parse(await service.shows(/^.*\n/));
      const call = async (path: string, init: RequestInit = {}): Promise<unknown> => {
        const answer = await fetch(`${told['base_url']}${path}`, init);
        expect(answer.status).toBeLessThan(300);
        return answer.json();
      };
      const { client_id = '', client_secret = '' } = told;
      const before = Math.floor(Date.now() / 1000);

      const form = new URLSearchParams({ grant_type: 'client_credentials', client_id, client_secret });
      const token = (await call('/oauth/access_token', { method: 'POST', body: form })) as { access_token: string };
      const headers = { authorization: `Bearer ${token.access_token}`, 'content-type': 'application/json' };
      const item = {
        type: 'order_item',
        product_id: 'p-1',
        sku: 'S',
        name: 'Größe',
        quantity: 1,
        unit_price: { amount: 1_000, currency: 'USD', includes_tax: true },
      };
      const body = JSON.stringify({ data: { type: 'order', included: { items: [item] } } });
      const made = (await call('/v2/orders?include=items', { method: 'POST', headers, body })) as {
        data: { id: string };
      };
      const read = await call(`/v2/orders/${made.data.id}?include=items`, { headers });

      const answers = JSON.stringify([made, read]);
      expect(answers.match(/Größe/g)).toHaveLength(2);
      const times = answers.match(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/g) ?? [];
      expect(times).toHaveLength(8);
      for (const time of times) {
        const seconds = Date.parse(`${time}Z`) / 1000;
        expect(seconds).toBeGreaterThanOrEqual(before);
        expect(seconds).toBeLessThanOrEqual(Date.now() / 1000);
      }
    },
  );
});
