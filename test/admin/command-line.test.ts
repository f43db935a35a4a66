import { describe, expect, it } from 'vitest';
import { readCommand, usage, UsageError } from '../../src/admin/command-line.js';

function complaint(args: readonly string[]): string {
  try {
    readCommand(args);
  } catch (cause) {
    if (cause instanceof UsageError) return cause.message;
    throw cause;
  }
  throw new Error('it was accepted');
}

describe('readCommand', () => {
  it('reads places and options in any order, with = or without', () => {
    const command = {
      name: 'key create',
      places: { store: 'acme' },
      options: { name: 'Web = shop', preset: 'storefront' },
      json: true,
    };
    expect(readCommand(['key', 'create', 'acme', '--name', 'Web = shop', '--preset=storefront', '--json'])).toEqual(
      command,
    );
    expect(readCommand(['--json', 'key', '--name=Web = shop', 'create', '--preset', 'storefront', 'acme'])).toEqual(
      command,
    );
  });

  it('takes a client id that begins with a dash for what it is', () => {
    const places = { store: 'acme', client_id: '-x' };
    expect(readCommand(['key', 'delete', 'acme', '-x'])).toEqual({
      name: 'key delete',
      places,
      options: {},
      json: false,
    });
    expect(readCommand(['key', 'rotate', '--overlap', '5', '--', 'acme', '--json'])).toEqual({
      name: 'key rotate',
      places: { store: 'acme', client_id: '--json' },
      options: { overlap: '5' },
      json: false,
    });
  });

  it('answers null where help is asked for, and names every command in the help', () => {
    expect(readCommand(['--help'])).toBeNull();
    expect(readCommand(['key', 'create', '--help'])).toBeNull();
    const names = [
      'store create',
      'store list',
      'store settings',
      'key create',
      'key list',
      'key rotate',
      'key delete',
      'jobs',
    ];
    expect(names.filter((name) => !usage.includes(`\n  ${name}`))).toEqual([]);
  });

  it.each([
    [
      [],
      'No command: there are store create, store list, store settings, key create, key list, key rotate, key delete, jobs',
    ],
    [
      ['store', 'drop', 'x'],
      'Unknown command store drop: there are store create, store list, store settings, key create, key list, key rotate, key delete, jobs',
    ],
    [
      ['constructor'],
      'Unknown command constructor: there are store create, store list, store settings, key create, key list, key rotate, key delete, jobs',
    ],
    [['store', 'create'], 'Usage: store create <handle>'],
    [['store', 'create', ''], 'Usage: store create <handle>'],
    [['store', 'create', 'a', 'b'], 'Usage: store create <handle>'],
    [['store', 'list', '--name', 'x'], 'Unknown option --name: store list'],
    [['key', 'rotate', 'a', 'b', '--overlap'], '--overlap needs a value'],
    [['key', 'rotate', 'a', 'b', '--overlap', '1', '--overlap=2'], '--overlap is given twice'],
    [
      ['key', 'rotate', 'a', 'b', '--__proto__', '1'],
      'Unknown option --__proto__: key rotate <store> <client_id> [--overlap seconds]',
    ],
  ])('%j is no command: one line says why', (args, line) => {
    expect(complaint(args)).toBe(line);
  });
});
