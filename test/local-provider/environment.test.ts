import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { StartupError } from '../../src/errors/startup-error.js';
import { localProviderVariables, readLocalProviderEnvironment } from '../../src/local-provider/environment.js';

const needed = {
  GATEHOUSE_URL: 'http://gatehouse:3000',
  GATEHOUSE_CLIENT_ID: 'gatehouse',
  GATEHOUSE_CLIENT_SECRET: 'a secret',
};

describe('readLocalProviderEnvironment', () => {
  it('with what it needs only, takes the defaults and counts empty variables as absent', () => {
    expect(readLocalProviderEnvironment({ ...needed, ISSUER: '', PORT: '' })).toEqual({
      HOST: '127.0.0.1',
      PORT: 3001,
      ...needed,
    });
  });

  it('from an env file of Windows, takes no line end for a part of a value', () => {
    const environment = Object.fromEntries(
      Object.entries({ ...needed, PORT: '3005', ISSUER: '' }).map(([name, value]) => [name, `${value}\r`]),
    );
    expect(readLocalProviderEnvironment(environment)).toEqual({ HOST: '127.0.0.1', ...needed, PORT: 3005 });
  });

  it('with GATEHOUSE_CLIENT_SECRET_FILE, reads the secret from there without its line end', () => {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-local-provider-'));
    const file = join(folder, 'secret');
    writeFileSync(file, 'from a file\n');
    const { GATEHOUSE_CLIENT_SECRET: _, ...others } = needed;
    try {
      expect(readLocalProviderEnvironment({ ...others, GATEHOUSE_CLIENT_SECRET_FILE: file })).toMatchObject({
        GATEHOUSE_CLIENT_SECRET: 'from a file',
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it.each([
    [{}, 'GATEHOUSE_URL is required\nGATEHOUSE_CLIENT_ID is required\nGATEHOUSE_CLIENT_SECRET is required'],
    [{ ...needed, PORT: 'http' }, 'PORT must be a port'],
    [{ ...needed, ISSUER: 'idp.localhost' }, 'ISSUER must be an http:// or https:// URL'],
    [{ ...needed, GATEHOUSE_URL: 'gatehouse:3000' }, 'GATEHOUSE_URL must be an http:// or https:// URL'],
    [
      { ...needed, GATEHOUSE_CLIENT_SECRET: '', GATEHOUSE_CLIENT_SECRET_FILE: '/no/such/file' },
      'GATEHOUSE_CLIENT_SECRET_FILE cannot be read (ENOENT): name a readable file',
    ],
    [
      { ...needed, GATEHOUSE_CLIENT_SECRET_FILE: '/no/such/file' },
      'GATEHOUSE_CLIENT_SECRET and GATEHOUSE_CLIENT_SECRET_FILE are both set: keep one',
    ],
    [
      { ...needed, GATEHOUSE_CLIENT_ID: '"gatehouse"', PORT: 'http' },
      'GATEHOUSE_CLIENT_ID must be given without the quotation marks around it\nPORT must be a port',
    ],
  ])('of %j, says what is wrong', (environment, message) => {
    expect(() => readLocalProviderEnvironment(environment)).toThrow(new StartupError(message));
  });
});

describe('localProviderVariables', () => {
  it('names what is read, and that only the client secret is one', () => {
    expect(localProviderVariables).toEqual({
      HOST: { secret: false },
      PORT: { secret: false },
      ISSUER: { secret: false },
      GATEHOUSE_URL: { secret: false },
      GATEHOUSE_CLIENT_ID: { secret: false },
      GATEHOUSE_CLIENT_SECRET: { secret: true },
    });
  });
});
