import { beforeAll, describe, expect, it } from 'vitest';
import { usage } from '../../src/admin/command-line.js';
import { permissions } from '../../src/access/permissions.js';
import { newId } from '../../src/crypto/identifiers.js';
import { sharedApp, type TestApp } from '../harness/app.js';
import { tokenStatus } from '../application-keys/managed-keys.js';
import { emptyDatabaseUrl } from '../harness/postgres.js';
import { admin, answerOf, type NewStore, type StoreAnswer } from './operator.js';

interface KeyAnswer {
  readonly application_key: NewStore['application_key'];
  readonly old_secret_valid_seconds?: number;
}

const SECONDS: unknown = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
const text: unknown = expect.any(String);

let app: TestApp;
let environment: { DATABASE_URL: string };
let handles = 0;

beforeAll(async () => {
  app = await sharedApp();
  environment = { DATABASE_URL: app.config.databaseUrl };
});

const newHandle = () => `shop-${newId().slice(0, 8)}-${(handles += 1)}`;
const newStore = (handle = newHandle()) => answerOf<NewStore>(environment, 'store', 'create', handle);

describe('store create', () => {
  it('makes a store with its settings, its realm and one key that manages it, and shows the secret once', async () => {
    const handle = newHandle();
    const { code, out, err } = await admin(environment, 'store', 'create', handle, '--json');

    expect([code, err]).toEqual([0, '']);
    expect(out.split('\n')).toHaveLength(2);
    const answer = JSON.parse(out) as NewStore;
    expect(answer).toEqual({
      store: {
        id: text,
        handle,
        registration: 'open',
        require_current_password: false,
        page_length: 25,
        address_limit: 25,
        created_at: SECONDS,
      },
      application_key: {
        id: text,
        type: 'application-key',
        name: 'Administration',
        client_id: text,
        client_secret: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/) as unknown,
        grants: ['client_credentials'],
        permissions,
        meta: { timestamps: { created_at: SECONDS, updated_at: SECONDS } },
      },
    });
    const { client_id, client_secret } = answer.application_key;
    expect(await tokenStatus(app.http, client_id, client_secret)).toBe(200);
    const realms = await app.database.prisma.authenticationRealm.findMany({ where: { storeId: answer.store.id } });
    expect(realms.map(({ name }) => name)).toEqual(['Buyer Organization']);
    for (const rest of [
      ['store', 'list'],
      ['key', 'list', handle],
      ['store', 'settings', handle],
    ]) {
      for (const json of [[], ['--json']]) {
        expect((await admin(environment, ...rest, ...json)).out).not.toContain(client_secret);
      }
    }
  });

  it('says it to people member by member', async () => {
    const handle = newHandle();
    const { code, out } = await admin(environment, 'store', 'create', handle);
    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`^Store\\n  id +[0-9a-f-]{36}\\n  handle +${handle}\\n`));
    expect(out).toMatch(/\n {2}client_id +[0-9a-f]{32}\n {2}grants +client_credentials\n/);
    expect(out).toMatch(/\n {2}client_secret +[A-Za-z0-9_-]{43} {3}\(shown this once: keep it now\)\n/);
  });

  it('with a handle that is taken makes nothing, says why in one line and exits with 1', async () => {
    const { store } = await newStore();
    const before = await app.database.prisma.applicationKey.count();

    expect(await admin(environment, 'store', 'create', store.handle)).toEqual({
      code: 1,
      out: '',
      err: `There is a store ${store.handle} already.\n`,
    });
    expect(await app.database.prisma.applicationKey.count()).toBe(before);
  });

  it('five times at once makes one store', async () => {
    const handle = newHandle();
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => admin(environment, 'store', 'create', handle)));
    expect(outcomes.filter(({ code }) => code === 0)).toHaveLength(1);
    const taken = { code: 1, out: '', err: `There is a store ${handle} already.\n` };
    expect(outcomes.filter(({ code }) => code !== 0)).toEqual([taken, taken, taken, taken]);
  });
});

describe('store list', () => {
  it('shows every store, the oldest first', async () => {
    const made = [await newStore(), await newStore()];
    const { stores } = await answerOf<{ stores: StoreAnswer[] }>(environment, 'store', 'list');
    expect(stores.slice(-2)).toEqual(made.map(({ store }) => store));
  });
});

describe('store settings', () => {
  it('changes what the options name, which requests see, and shows all', async () => {
    const { store, application_key: key } = await newStore();
    const options = ['--registration', 'client_credentials', '--page-length=7'];
    const changed = await answerOf(environment, 'store', 'settings', store.handle, ...options);
    expect(changed).toEqual({ store: { ...store, registration: 'client_credentials', page_length: 7 } });
    // By id, too.
    const more = ['--require-current-password', 'on', '--address-limit', '3'];
    const all = {
      registration: 'client_credentials',
      require_current_password: true,
      page_length: 7,
      address_limit: 3,
    };
    expect(await answerOf(environment, 'store', 'settings', store.id, ...more)).toEqual({
      store: { ...store, ...all },
    });
    expect(await answerOf(environment, 'store', 'settings', store.handle)).toEqual({ store: { ...store, ...all } });

    const { body } = await app.http
      .post('/oauth/access_token')
      .type('form')
      .send({ grant_type: 'client_credentials', client_id: key.client_id, client_secret: key.client_secret });
    const answer = await app.http
      .get('/v2/settings/store')
      .set('authorization', `Bearer ${(body as { access_token: string }).access_token}`);
    expect(answer.body).toEqual({ data: { id: store.id, type: 'store-settings', ...all } });
  });

  it.each([
    [['--registration', 'closed'], '--registration: no such name closed: there are open, client_credentials'],
    [['--require-current-password', 'yes'], '--require-current-password: no such name yes: there are on, off'],
    [['--page-length', '0'], 'The --page-length must be at least 1.'],
    [['--page-length', '101'], 'The --page-length may not be greater than 100.'],
    [['--address-limit', '-1'], '--address-limit must be a whole number'],
    [['--address-limit', '1001'], 'The --address-limit may not be greater than 1000.'],
  ])('with %j changes nothing, says so in one line and exits with 2', async (options, line) => {
    const { store } = await newStore();
    const outcome = await admin(environment, 'store', 'settings', store.handle, ...options);
    expect(outcome).toEqual({ code: 2, out: '', err: `${line}\n` });
    expect(await answerOf(environment, 'store', 'settings', store.handle)).toEqual({ store });
  });
});

describe('key create, list, rotate and delete', () => {
  it('do for a store what its own keys could do', async () => {
    const { store, application_key: first } = await newStore();
    const create = ['key', 'create', store.handle, '--name', 'Order bus'];
    const { application_key: key } = await answerOf<KeyAnswer>(environment, ...create, '--preset', 'orders');
    expect(key).toMatchObject({ name: 'Order bus', permissions: ['orders:read', 'orders:write'] });
    const own = ['--grants', 'client_credentials, implicit', '--permissions', 'orders:read,customers:read'];
    const { application_key: other } = await answerOf<KeyAnswer>(environment, ...create, ...own);
    expect(other).toMatchObject({
      grants: ['implicit', 'client_credentials'],
      permissions: ['customers:read', 'orders:read'],
    });

    const withoutSecrets = [first, key, other].map(({ client_secret: _, ...members }) => members);
    expect(await answerOf(environment, 'key', 'list', store.handle)).toEqual({ application_keys: withoutSecrets });

    const rotate = ['key', 'rotate', store.handle, key.client_id];
    const second = await answerOf<KeyAnswer>(environment, ...rotate, '--overlap', '600');
    expect(second.old_secret_valid_seconds).toBe(600);
    const third = await answerOf<KeyAnswer>(environment, ...rotate, '--overlap=600');
    const statuses = [];
    for (const { client_secret } of [key, second.application_key, third.application_key]) {
      statuses.push(await tokenStatus(app.http, key.client_id, client_secret));
    }
    expect(statuses).toEqual([200, 200, 200]);

    expect(await answerOf(environment, 'key', 'delete', store.handle, other.client_id)).toEqual({
      deleted_key: withoutSecrets[2],
    });
    // The operator may take the last one that manages keys.
    await answerOf(environment, 'key', 'delete', store.handle, first.client_id);
    const { application_keys } = await answerOf<{ application_keys: object[] }>(environment, 'key', 'list', store.id);
    expect(application_keys).toMatchObject([{ client_id: key.client_id }]);
  });

  it.each([
    [['--preset', 'orders'], '--name is missing: say what the key is for'],
    [['--name', 'A'], 'Give --preset, or both --grants and --permissions: no key gets everything by chance'],
    [
      ['--name', 'A', '--grants', 'implicit'],
      'Give --preset, or both --grants and --permissions: no key gets everything by chance',
    ],
    [
      ['--name', 'A', '--preset', 'root'],
      '--preset: no such name root: there are storefront, orders, customers-read, admin',
    ],
    [
      ['--name', 'A', '--preset', 'orders', '--grants', 'implicit'],
      'The --grants cannot be given together with preset.',
    ],
    [
      ['--name', 'A', '--grants', 'x', '--permissions', ''],
      '--grants: no such name x: there are implicit, client_credentials',
    ],
    [['--name', 'A', '--grants', '', '--permissions', ''], 'The --grants must have at least 1 items.'],
    [['--name', 'a'.repeat(256), '--preset', 'orders'], 'The --name may not be greater than 255 characters.'],
  ])('key create with %j makes nothing and exits with 2', async (options, line) => {
    const outcome = await admin(environment, 'key', 'create', 'default', ...options);
    expect(outcome).toEqual({ code: 2, out: '', err: `${line}\n` });
  });

  it('refuse a store or a key that is not there, or is of another store, with one line and exit code 1', async () => {
    const { store } = await newStore();
    const { store: other, application_key: theirs } = await newStore();
    const failures = [
      [['key', 'list', 'nowhere'], 'There is no store nowhere: `store list` shows those that there are'],
      [['store', 'settings', newId()], /^There is no store [0-9a-f-]{36}: /],
      [['key', 'delete', store.handle, theirs.client_id], new RegExp(`^The store ${store.handle} has no key `)],
      [['key', 'rotate', store.handle, theirs.client_id], new RegExp(`^The store ${store.handle} has no key `)],
    ] as const;
    for (const [args, line] of failures) {
      const { code, out, err } = await admin(environment, ...args);
      expect([code, out, err.split('\n').length]).toEqual([1, '', 2]);
      expect(err).toMatch(line);
    }
    expect(await admin(environment, 'key', 'rotate', other.handle, theirs.client_id, '--overlap', '604801')).toEqual({
      code: 2,
      out: '',
      err: 'The --overlap may not be greater than 604800.\n',
    });
    expect(await tokenStatus(app.http, theirs.client_id, theirs.client_secret)).toBe(200);
  });
});

describe('a command that cannot reach what it is about', () => {
  it('says which variable to mend, in one line without a password, and exits with 1', async () => {
    const password = 'hunter2-canary';
    const nowhere = { DATABASE_URL: `postgresql://someone:${password}@127.0.0.1:1/shop` };
    expect(await admin(nowhere, 'store', 'list')).toEqual({
      code: 1,
      out: '',
      err: 'DATABASE_URL: Postgres at 127.0.0.1:1/shop cannot be used (ECONNREFUSED): no Postgres listens there: start it or correct the URL\n',
    });
    expect(await admin({ DATABASE_URL: 'mysql://x' }, 'store', 'list')).toEqual({
      code: 1,
      out: '',
      err: 'DATABASE_URL must be a postgresql:// URL\n',
    });
    expect(await admin({ NODE_ENV: 'production' }, 'store', 'list')).toEqual({
      code: 1,
      out: '',
      err: 'DATABASE_URL is required in production: give the postgresql:// URL of the database\n',
    });
    expect(await admin({ DATA_DIR: '/nowhere/at/all' }, 'store', 'list')).toEqual({
      code: 1,
      out: '',
      err: 'No database: set DATABASE_URL, or run `npm start` in another terminal (nothing runs on DATA_DIR /nowhere/at/all)\n',
    });
  });

  it('does not touch a database whose schema is another version', async () => {
    expect(await admin({ DATABASE_URL: await emptyDatabaseUrl() }, 'store', 'create', 'acme')).toEqual({
      code: 1,
      out: '',
      err: 'DATABASE_URL: the schema is not that of this version: run `npm run migrate` first\n',
    });
  });

  it('shows the whole usage where nothing was typed, and on standard output where it was asked for', async () => {
    expect(await admin(environment, '--help')).toEqual({ code: 0, out: usage, err: '' });
    const { code, out, err } = await admin(environment);
    expect([code, out]).toEqual([2, '']);
    expect(err.startsWith(usage)).toBe(true);
  });
});
