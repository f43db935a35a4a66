import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/crypto/identifiers.js';
import { startApp, type TestApp } from '../harness/app.js';
import { Browser } from '../harness/browser.js';
import { DatabaseGate } from '../harness/database-gate.js';
import { expectError } from '../harness/error-answers.js';
import { HostileProvider } from '../harness/identity-provider/hostile.js';
import { givenSignIn, type SignIn } from '../harness/identity-provider/sign-in.js';
import { eventually } from '../harness/patience.js';
import { freshDatabaseUrl, withClient } from '../harness/postgres.js';
import { givenShop, type Shop, uniqueEmail } from '../harness/shop.js';
import { browserHeadersOf, REDIRECT_HEADERS, requestExactly } from './authorization-endpoint.js';
import { returning, type Returning, storedBySignIns } from './returning-browser.js';

let databaseUrl: string;
let gate: DatabaseGate;
let app: TestApp;
let shop: Shop;
let provider: HostileProvider;
let signIn: SignIn;

beforeAll(async () => {
  databaseUrl = await freshDatabaseUrl();
  gate = await DatabaseGate.before(databaseUrl);
  app = await startApp({ databaseUrl: gate.url, tokenSigningAlg: 'ES256' });
  shop = await givenShop(app);
  provider = await HostileProvider.start(app.clock);
  signIn = await givenSignIn(shop, provider);
});

afterAll(async () => {
  await app.close();
  await gate.close();
  await provider.stop();
});

async function given(): Promise<Returning> {
  provider.person = { sub: newId(), email: uniqueEmail(), email_verified: true, name: 'Ann Example' };
  return returning(signIn, new Browser(app));
}

function comeBack({ callback, cookie }: Returning) {
  const { pathname, search } = new URL(callback);
  return requestExactly(app, pathname + search, 'GET', { cookie });
}

async function untilReady(): Promise<void> {
  await eventually(async () => expect((await app.http.get('/health/ready')).status).toBe(200));
}

/** The whole redirect that tells the storefront of a failure of ours, and its line in the log. */
async function expectTold(flow: Returning, error: string, description: string): Promise<string> {
  const answer = await comeBack(flow);
  expect(answer.status).toBe(303);
  expect(browserHeadersOf(answer)).toEqual({
    ...REDIRECT_HEADERS,
    location: `${signIn.redirectUri}?error=${error}&error_description=${description}&state=${flow.begun.state}`,
    'set-cookie': [expect.stringContaining('Max-Age=0')],
  });
  return String(answer.headers['x-request-id']);
}

describe('a callback while the database is away', () => {
  it('uses nothing up when it is away from the beginning: the same callback works once it is back', async () => {
    const flow = await given();
    const calls = { ...provider.calls };
    await gate.shut();
    const answer = await comeBack(flow);
    expectError(answer, 'unavailable');
    expect(answer.headers).not.toHaveProperty('location');
    expect(answer.headers).not.toHaveProperty('set-cookie');
    expect(provider.calls).toEqual(calls);
    await gate.open();
    await untilReady();
    const ended = await comeBack(flow);
    expect(ended.headers.location).toMatch(/\?code=[\w-]{43}&state=/);
  });

  it('tells the storefront when it goes away in the middle, and leaves no half customer', async () => {
    const flow = await given();
    const { flows: _, ...before } = await storedBySignIns(shop);
    const shut: Promise<void>[] = [];
    provider.lie = {
      token: (honest) => {
        shut.push(gate.shut());
        return honest;
      },
    };
    const requestId = await expectTold(flow, 'temporarily_unavailable', 'service_unavailable');
    provider.lie = {};
    expect(await app.log.ofRequest(requestId)).toMatchObject({
      status: 303,
      code: 'unavailable',
      profile_id: signIn.profileId,
      events: ['sign_in_refused'],
    });
    await Promise.all(shut);
    await gate.open();
    await untilReady();
    const { flows: __, ...after } = await storedBySignIns(shop);
    expect(after).toEqual(before);
  });

  it('tells the storefront, in the end, when it falls silent in the middle', async () => {
    const flow = await given();
    provider.lie = {
      token: (honest) => {
        gate.silence();
        return honest;
      },
    };
    await app.limits.during(async () => {
      await expectTold(flow, 'temporarily_unavailable', 'service_unavailable');
      await gate.open();
    });
    provider.lie = {};
    await untilReady();
  });
});

describe('a failure of the service within a callback', () => {
  it.each(['authorization_codes', 'identities'])(
    'is told to the storefront without a word of why, and to the log in full: the table %s is gone',
    async (table) => {
      const flow = await given();
      await withClient(databaseUrl, (client) => client.query(`ALTER TABLE ${table} RENAME TO gone`));
      const requestId = await expectTold(flow, 'server_error', 'service_failed');
      await withClient(databaseUrl, (client) => client.query(`ALTER TABLE gone RENAME TO ${table}`));
      expect(await app.log.ofRequest(requestId)).toMatchObject({
        status: 303,
        code: 'internal_error',
        events:
          table === 'identities' ? ['sign_in_refused'] : ['customer_created', 'identity_linked', 'sign_in_refused'],
      });
      const failures = app.log
        .entries()
        .filter((entry) => entry['request_id'] === requestId && entry['msg'] !== 'request');
      expect(failures).toHaveLength(1);
      expect(failures[0]).toMatchObject({ level: 50 });
      // The same person at the same provider: what was stored before the failure does not stand in the way.
      const { person } = provider;
      const again = await returning(signIn, new Browser(app));
      provider.person = person;
      expect((await comeBack(again)).headers.location).toMatch(/\?code=[\w-]{43}&state=/);
    },
  );
});
