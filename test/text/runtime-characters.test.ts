import { afterEach, describe, expect, it, vi } from 'vitest';
import { ConfigError, readConfig } from '../../src/config/config.js';
import { runtimeKnowsCharacters } from '../../src/text/runtime-characters.js';

describe('a runtime', () => {
  afterEach(() => vi.restoreAllMocks());

  it('knows the characters of our tables', () => {
    expect(runtimeKnowsCharacters()).toBe(true);
  });

  it('that does not normalise keeps the service from starting, with one line that says what to do', () => {
    vi.spyOn(String.prototype, 'normalize').mockImplementation(String);
    expect(() => readConfig({ NODE_ENV: 'test' })).toThrow(
      new ConfigError([
        'Node: this build lacks the characters of Unicode 16: use an official build of Node 20.19 or newer',
      ]),
    );
  });

  it.each(['normalize', 'toLowerCase'] as const)('that is older is found by its %s', (method) => {
    const known = Object.getOwnPropertyDescriptor(String.prototype, method)?.value as (form?: string) => string;
    const older = /[\u1c89\u{16d67}\u{16d68}]/u;
    vi.spyOn(String.prototype, method).mockImplementation(function (this: string, form?: string) {
      return older.test(this) ? this : Reflect.apply(known, this, [form]);
    });
    expect(runtimeKnowsCharacters()).toBe(false);
  });
});
