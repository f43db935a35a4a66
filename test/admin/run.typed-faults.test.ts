import { describe, expect, it } from 'vitest';
import { commands } from '../../src/admin/commands.js';
import { newId } from '../../src/crypto/identifiers.js';
import { sharedApp } from '../harness/app.js';
import { admin } from './operator.js';

const HANDLE_RULE = 'A handle is 1 to 64 lower-case letters and digits, with single dashes between them, and no UUID.';
const NO_HANDLES = ['A', 'a b', '-a', 'a--b', 'a-', 'ä', 'a'.repeat(65)];

/** What follows the name of the store, so that nothing else is at fault. */
const rest: Readonly<Record<string, readonly string[]>> = {
  'key create': ['--name', 'A', '--preset', 'orders'],
  'key rotate': ['a-client-id'],
  'key delete': ['a-client-id'],
};
const ofStores = Object.keys(commands).filter((name) => !['store create', 'store list', 'jobs'].includes(name));

/** Where nothing is: a command that asked the database could tell so only. */
const NO_DATABASE = { DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none' };

describe('what is typed and cannot be meant ends with one line and exit code 2, before the database is asked', () => {
  it.each([...NO_HANDLES, newId()])('a new handle %s', async (handle) => {
    expect(await admin(NO_DATABASE, 'store', 'create', handle)).toEqual({
      code: 2,
      out: '',
      err: `${HANDLE_RULE}\n`,
    });
  });

  it.each(ofStores)('a store that no store is called, in %s', async (name) => {
    for (const store of [...NO_HANDLES, 'a\u{1b}[2J\nb']) {
      const shown = store.replaceAll(/\p{Cc}/gu, '?');
      expect(await admin(NO_DATABASE, ...name.split(' '), store, ...(rest[name] ?? []))).toEqual({
        code: 2,
        out: '',
        err: `${shown} is neither a handle nor an id of a store: \`store list\` shows both\n`,
      });
    }
  });

  it.each(['key rotate', 'key delete'])('a client id that is none, in %s', async (name) => {
    for (const clientId of ['a b', 'ä', 'a'.repeat(65), "a'b"]) {
      expect(await admin(NO_DATABASE, ...name.split(' '), 'default', clientId)).toEqual({
        code: 2,
        out: '',
        err: `${clientId} is no client id: \`key list\` shows those that there are\n`,
      });
    }
  });

  it.each(ofStores)('which %s tells apart from a store that is not there: exit code 1', async (name) => {
    const app = await sharedApp();
    const environment = { DATABASE_URL: app.config.databaseUrl };
    for (const store of ['nowhere', newId()]) {
      const { code, err } = await admin(environment, ...name.split(' '), store, ...(rest[name] ?? []));
      expect([code, err]).toEqual([1, `There is no store ${store}: \`store list\` shows those that there are\n`]);
    }
  });
});
