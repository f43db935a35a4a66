import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  activeServices,
  composeFaults,
  isOneShot,
  parseCompose,
  parseMount,
  startOrder,
  targetOf,
} from '../scripts/containers/compose-file.mjs';
import { parseDockerfile, type Stage, stageEnvironment } from '../scripts/containers/dockerfile.mjs';
import { readConfig } from '../src/config/config.js';
import { environmentVariables } from '../src/config/environment.js';
import { localProviderVariables, readLocalProviderEnvironment } from '../src/local-provider/environment.js';

// What both files do when their commands run is shown by `npm run containers`, which takes longer.

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (name: string) => readFileSync(join(root, name), 'utf8');

const stages = parseDockerfile(read('Dockerfile'));
const [provider, runtime] = ['local-provider', 'runtime'].map((name) => stages.find((stage) => stage.name === name));
if (!provider || !runtime) throw new Error('the Dockerfile lacks a stage');
const compose = parseCompose(read('docker-compose.yml'));
const { init, postgres, migrate, gatehouse, 'local-provider': localProvider } = compose.services;
if (!init || !postgres || !migrate || !gatehouse || !localProvider) throw new Error('the compose file lacks a service');

const programs = { service: environmentVariables, 'local-provider': localProviderVariables };

/** The commands that a stage runs while it is built. */
function runs({ instructions }: Stage): string[] {
  return instructions.filter(({ keyword }) => keyword === 'RUN').map(({ text }) => text);
}

/** The source of a compiled file that a command names. */
function sourceOf(words: readonly string[] | null | undefined): string {
  const [program, file = ''] = words ?? [];
  return program === 'node' ? file.replace(/^dist\/(?:bundle\/)?(.*)\.js$/, 'src/$1.ts') : '';
}

describe('docker-compose.yml', () => {
  it('has no fault', () => {
    expect(composeFaults(compose, programs)).toEqual([]);
  });

  it('starts the services in turn: secrets, database, schema, service', () => {
    expect(startOrder({ services: activeServices(compose) })).toEqual(['init', 'postgres', 'migrate', 'gatehouse']);
    expect(Object.keys(compose.services).filter((name) => isOneShot(compose, name))).toEqual(['init', 'migrate']);
    expect(gatehouse.depends_on).toEqual({
      postgres: { condition: 'service_healthy' },
      migrate: { condition: 'service_completed_successfully' },
    });
  });

  it('starts the local provider behind the service, when the profile `sso` is asked for only', () => {
    const services = activeServices(compose, ['sso']);
    expect(startOrder({ services })).toEqual(['init', 'postgres', 'migrate', 'gatehouse', 'local-provider']);
    expect(targetOf(compose, localProvider)).toBe('local-provider');
    expect(targetOf(compose, gatehouse)).toBe(null);
    expect(targetOf(compose, postgres)).toBe(undefined);
    const { HOST = '' } = stageEnvironment(provider);
    const { GATEHOUSE_CLIENT_SECRET_FILE: _, ...others } = localProvider.environment ?? {};
    expect(readLocalProviderEnvironment({ HOST, ...others, GATEHOUSE_CLIENT_SECRET: 'x' })).toEqual({
      HOST: '0.0.0.0',
      PORT: 3001,
      ISSUER: 'http://idp.localhost:3001',
      GATEHOUSE_URL: 'http://gatehouse:3000',
      GATEHOUSE_CLIENT_ID: 'gatehouse',
      GATEHOUSE_CLIENT_SECRET: 'x',
    });
    expect(localProvider.networks).toEqual({ default: { aliases: ['idp.localhost'] } });
    expect(localProvider.ports).toEqual(['127.0.0.1:3001:3001']);
  });

  it('runs the service in production unless GATEHOUSE_MODE says otherwise', () => {
    const modeOf = (environment: Record<string, string>) =>
      parseCompose(read('docker-compose.yml'), environment).services['gatehouse']?.environment?.['NODE_ENV'];
    expect(modeOf({})).toBe('production');
    expect(modeOf({ GATEHOUSE_MODE: 'development' })).toBe('development');
  });

  it('runs commands that are built from sources', () => {
    expect(sourceOf(migrate.command)).toBe('src/migrate.ts');
    expect(existsSync(join(root, 'src/migrate.ts'))).toBe(true);
    expect(gatehouse.command).toBe(undefined);
  });

  it('gives our containers no rights that they do not need', () => {
    for (const service of [init, migrate, gatehouse, localProvider]) {
      expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
    }
    const mounts = [migrate, gatehouse, localProvider].flatMap(({ volumes = [] }) => volumes.map(parseMount));
    expect(mounts.map(({ readOnly }) => readOnly)).toEqual([true, true, true]);
    expect(postgres.volumes?.map(parseMount).map(({ volume }) => volume)).not.toContain('secrets');
  });

  it('mounts secrets where the image has a folder for them, whose owner a new volume takes over', () => {
    const [made] = runs(runtime);
    const targets = init.volumes?.map(parseMount).map(({ target }) => target);
    expect(made).toBe(`mkdir -m 700 ${targets?.join(' ')} && chown 1000:1000 ${targets?.join(' ')}`);
    expect(runs(provider)).toEqual(['mkdir -m 700 /run/gatehouse && chown 1000:1000 /run/gatehouse']);
  });

  it.each([
    ['an unknown variable', 'PUBLIC_URL:', 'PUBLIC_ULR:', 'gatehouse: PUBLIC_ULR is no variable of the service'],
    [
      'a secret in the open',
      'MASTER_KEY_FILE:',
      'MASTER_KEY:',
      'gatehouse: MASTER_KEY is secret: give MASTER_KEY_FILE',
    ],
    ['an unknown variable of the provider', 'ISSUER:', 'ISUER:', 'local-provider: ISUER is no variable of the service'],
    [
      'a secret of the provider in the open',
      'GATEHOUSE_CLIENT_SECRET_FILE:',
      'GATEHOUSE_CLIENT_SECRET:',
      'local-provider: GATEHOUSE_CLIENT_SECRET is secret: give GATEHOUSE_CLIENT_SECRET_FILE',
    ],
    [
      'a build of something else',
      'context: ., target',
      'context: .., target',
      'local-provider: its build must be `.`, or that context with a target',
    ],
    [
      'a network of its own',
      '      default:\n',
      '      other:\n',
      'local-provider: its networks may only give it aliases on the default one',
    ],
    ['an undeclared volume', '- secrets:/run', '- keys:/run', 'init: volume keys is not declared'],
    ['a port for everybody', '127.0.0.1:3000:', '', 'gatehouse: port 3000 must be published on 127.0.0.1 only'],
    [
      'a condition misspelt',
      'condition: service_healthy',
      'condition: healthy',
      'migrate: depends on postgres under no known condition',
    ],
    ['a job that starts again', "restart: 'no'", 'restart: always', 'init: runs once, so restart must be no'],
    ['a floating image', 'postgres:18-bookworm', 'postgres:latest', 'postgres: its image has no fixed tag'],
    [
      'a circle',
      'init: { condition',
      'migrate: { condition',
      'services wait for each other: postgres -> migrate -> postgres',
    ],
  ])('with %s, is found faulty', (_, text, replacement, fault) => {
    const changed = read('docker-compose.yml').replaceAll(text, replacement);
    expect(composeFaults(parseCompose(changed), programs)).toContain(fault);
  });

  it('with a dollar that nobody doubled, is refused by its reader', () => {
    expect(() => parseCompose('services: { a: { command: [echo $HOME] } }')).toThrow('write ${NAME:-default}');
  });
});

describe('the step `init` of docker-compose.yml', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gatehouse-init-'));
    for (const { target } of init.volumes?.map(parseMount) ?? []) {
      execFileSync('mkdir', ['-p', '-m', '700', join(folder, target)]);
    }
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  function runInit(): void {
    const [program = '', ...args] = init?.command ?? [];
    execFileSync(
      program,
      args.map((argument) => argument.replaceAll('/run/gatehouse', join(folder, 'run/gatehouse'))),
    );
  }

  function files(): Record<string, string> {
    const paths = ['run/gatehouse', 'run/gatehouse-database'].flatMap((path) =>
      readdirSync(join(folder, path)).map((name) => `${path}/${name}`),
    );
    return Object.fromEntries(paths.map((path) => [`/${path}`, readFileSync(join(folder, path), 'utf8')]));
  }

  it('writes fresh secrets for their owner only, with which the service starts in production', () => {
    runInit();

    const written = files();
    expect(written).toEqual({
      '/run/gatehouse/client-secret': expect.stringMatching(/^[\w-]{43}$/),
      '/run/gatehouse/database-url': `postgresql://gatehouse:${written['/run/gatehouse-database/password']}@postgres:5432/gatehouse`,
      '/run/gatehouse/master-key': expect.stringMatching(/^[A-Za-z0-9+/]{43}=$/),
      '/run/gatehouse-database/password': expect.stringMatching(/^[\w-]{43}$/),
    });
    for (const path of Object.keys(written)) expect(statSync(join(folder, path)).mode & 0o777).toBe(0o600);
    const given = Object.entries({ ...stageEnvironment(runtime), ...gatehouse.environment });
    const environment = given.map(([name, value]) => [name, name.endsWith('_FILE') ? join(folder, value) : value]);
    expect(readConfig(Object.fromEntries(environment))).toMatchObject({
      environment: 'production',
      publicUrl: 'http://localhost:3000',
      databaseUrl: written['/run/gatehouse/database-url'],
      masterKeys: [Buffer.from(written['/run/gatehouse/master-key'] ?? '', 'base64')],
      bootstrapKey: { clientId: 'gatehouse', clientSecret: written['/run/gatehouse/client-secret'] },
    });
  });

  it('when it runs again, keeps what is there, and makes what an interrupted run left out', () => {
    runInit();
    const before = files();
    rmSync(join(folder, 'run/gatehouse/database-url'));
    writeFileSync(join(folder, 'run/gatehouse/client-secret'), '');

    runInit();

    expect(files()).toEqual({ ...before, '/run/gatehouse/client-secret': expect.stringMatching(/^[\w-]{43}$/) });
  });
});
