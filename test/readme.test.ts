import { execFile } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { grants } from '../src/access/permissions.js';
import { rightsBeyond } from '../src/application-keys/key-rights.js';
import {
  FILTER_BYTES_MAX,
  FILTER_COMPLEXITY_MAX,
  FILTER_CONDITIONS_MAX,
  FILTER_DEPTH_MAX,
  FILTER_VALUES_MAX,
} from '../src/jsonapi/filter.js';
import { startApp, type TestApp } from './harness/app.js';
import { exampleCalled, readmeText } from './harness/readme-examples.js';
import { givenShop, type Shop } from './harness/shop.js';

const run = promisify(execFile);
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('the README', () => {
  let app: TestApp;
  let shop: Shop;
  let environment: NodeJS.ProcessEnv;

  beforeAll(async () => {
    const port = await freePort();
    app = await startApp({ port, publicUrl: `http://127.0.0.1:${port}` });
    shop = await givenShop(app);
    const { clientId, clientSecret } = shop.key;
    environment = {
      PATH: process.env['PATH'],
      GATEHOUSE: app.origin,
      CLIENT_ID: clientId,
      CLIENT_SECRET: clientSecret,
    };
  });

  afterAll(() => app.close());

  it('has a curl story that runs as it stands, twice, and ends with the order that the shopper reads', async () => {
    for (const paste of [1, 2]) {
      const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', exampleCalled('story')], { env: environment });
      const answers = stdout.replaceAll('}{', '}\n{').split('\n');
      const [address, order, orders] = answers.map((text) => JSON.parse(text) as Record<string, unknown>);

      expect(answers).toHaveLength(3);
      expect(address).toMatchObject({ data: { type: 'address', first_name: 'Ann', postcode: 'ZZ1 1ZZ' } });
      expect(order).toMatchObject({ data: { type: 'order', order_number: '1042' } });
      expect(orders).toMatchObject({
        data: [{ type: 'order', order_number: '1042', customer: { name: 'Ann Example' } }],
        included: { items: [{ type: 'order_item', sku: 'GR-1' }] },
        meta: { results: { total: 1 } },
      });
      const customers = await app.database.prisma.customer.count({ where: { storeId: shop.storeId } });
      expect(customers).toBe(paste);
    }
  });

  it('has an example that verifies a customer token with the public keys and refuses an access token and a foreign store', async () => {
    const ann = await shop.customer();
    const { token } = await shop.login(ann);
    const accessToken = await shop.token('implicit');
    const file = fileURLToPath(new URL('../.cache-readme-example.mjs', import.meta.url));
    const calls = `
      const answer = (token, store) => customerOf(token, store).catch((error) => 'refused');
      console.log(JSON.stringify([
        await answer(${JSON.stringify(token)}, ${JSON.stringify(shop.storeId)}),
        await answer(${JSON.stringify(token)}, 'another-store'),
        await answer(${JSON.stringify(accessToken)}, ${JSON.stringify(shop.storeId)}),
      ]));`;
    writeFileSync(file, exampleCalled('verify') + calls);
    try {
      const { stdout } = await run(process.execPath, [file], { env: environment });
      expect(JSON.parse(stdout)).toEqual([ann.id, 'refused', 'refused']);
    } finally {
      rmSync(file);
    }
  });

  it('names the limits of filters and of numbers', () => {
    const limits = `${FILTER_CONDITIONS_MAX} conditions, ${FILTER_VALUES_MAX} values of one \`in\`, ${FILTER_DEPTH_MAX} parentheses in each other, and ${FILTER_COMPLEXITY_MAX} ways to match`;
    expect(readmeText).toContain(`At most ${FILTER_BYTES_MAX / 1_024} KB, ${limits}`);
    expect(readmeText).toContain(`A number in them beyond ${Number.MAX_SAFE_INTEGER} `);
  });

  it('names the one right that a key may give without having it', () => {
    const secret = { grants: ['client_credentials'], permissions: ['keys:write'] };
    const beyond = grants.filter((grant) => rightsBeyond({ grants: [grant], permissions: [] }, secret).length === 0);
    expect(beyond).toEqual(['implicit', 'client_credentials']);
    expect(readmeText).toContain('`implicit` is no more: client credentials include it');
  });
});
