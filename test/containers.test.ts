import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { composeFaults, isOneShot, parseCompose, parseMount, startOrder } from '../scripts/containers/compose-file.mjs';
import {
  contextFilter,
  lastInstruction,
  parseDockerfile,
  stageEnvironment,
} from '../scripts/containers/dockerfile.mjs';
import { readConfig } from '../src/config/config.js';
import { environmentVariables } from '../src/config/environment.js';

// What both files do when their commands run is shown by `npm run containers`, which takes longer.

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (name: string) => readFileSync(join(root, name), 'utf8');

const stages = parseDockerfile(read('Dockerfile'));
const [build, runtime] = stages;
if (build === undefined || runtime === undefined) throw new Error('the Dockerfile needs two stages');
const compose = parseCompose(read('docker-compose.yml'));
const { init, postgres, migrate, gatehouse } = compose.services;
if (!init || !postgres || !migrate || !gatehouse) throw new Error('the compose file lacks a service');

/** The source of a compiled file that a command names. */
function sourceOf(words: readonly string[] | null | undefined): string {
  const [program, file = ''] = words ?? [];
  return program === 'node' ? file.replace(/^dist\/(.*)\.js$/, 'src/$1.ts') : '';
}

describe('the Dockerfile', () => {
  it('builds in one stage and runs in another, both on Node 24', () => {
    expect(stages.map(({ name, from }) => [name, from])).toEqual([
      ['build', 'node:24-bookworm-slim'],
      ['runtime', 'node:24-bookworm-slim'],
    ]);
    expect(build.instructions.filter(({ keyword }) => keyword === 'RUN').map(({ text }) => text)).toEqual([
      expect.stringMatching(/^npm ci --ignore-scripts /),
      expect.stringMatching(/prisma generate/),
      'npm run build',
      'npm prune --omit=dev --omit=optional',
    ]);
  });

  it('runs the built service as an ordinary user that an orchestrator can tell from root', () => {
    expect(lastInstruction(runtime, 'USER')?.text).toBe('1000:1000');
    expect(lastInstruction(runtime, 'CMD')?.words).toEqual(['node', 'dist/main.js']);
    expect(existsSync(join(root, sourceOf(lastInstruction(runtime, 'CMD')?.words)))).toBe(true);
    expect(lastInstruction(runtime, 'HEALTHCHECK')?.words?.join(' ')).toMatch(/^node -e fetch\(.*\/health\/live'/);
  });

  it('sets production, all addresses, and threads for every hash and four more', () => {
    const environment = stageEnvironment(runtime);
    expect(environment).toEqual({ NODE_ENV: 'production', HOST: '0.0.0.0', UV_THREADPOOL_SIZE: '20' });
    expect(readConfig({ UV_THREADPOOL_SIZE: environment['UV_THREADPOOL_SIZE'], HASH_CONCURRENCY: '16' })).toMatchObject(
      {
        hashConcurrency: 16,
      },
    );
  });

  it('copies only what is there and what .dockerignore lets through', () => {
    const isSent = contextFilter(read('.dockerignore'));
    const sources = stages.flatMap(({ instructions }) =>
      instructions
        .filter(({ keyword, flags }) => keyword === 'COPY' && flags['from'] === undefined)
        .flatMap(({ text }) => text.split(' ').slice(0, -1)),
    );
    expect(sources.filter((path) => !existsSync(join(root, path)) || !isSent(path))).toEqual([]);
    expect(sources.length).toBeGreaterThan(5);
  });

  it('has the migrations beside dist, where the service looks for them', () => {
    const copied = runtime.instructions.filter(({ keyword }) => keyword === 'COPY').map(({ text }) => text);
    expect(copied).toContain('/app/dist ./dist');
    expect(copied).toContain('prisma/migrations ./prisma/migrations');
  });

  it.each([
    ['an unknown instruction', 'FROM node:24 AS build\nADD https://example.com/x /x', /Instruction not known/],
    ['a stage without a name', 'FROM node:24', /name the stage/],
    ['a command that is almost JSON', "FROM node:24 AS build\nCMD ['node', 'x.js']", /JSON/],
  ])('with %s, is refused by its reader', (_, text, message) => {
    expect(() => parseDockerfile(text)).toThrow(message);
  });
});

describe('.dockerignore', () => {
  it.each(['.env', '.data/master-key', '.git/config', '.npmrc', 'node_modules/pg/package.json', 'dist/main.js'])(
    'keeps %s away from the builder',
    (path) => {
      expect(contextFilter(read('.dockerignore'))(path)).toBe(false);
    },
  );

  it.each([
    ['*\n!src\nsrc/generated', 'src/main.ts', true],
    ['*\n!src\nsrc/generated', 'src/generated/prisma/client.ts', false],
    ['**/*.log', 'a/b/c.log', false],
    ['*.log', 'a/c.log', true],
    ['# a comment\n\n', 'anything', true],
  ])('of the content %j, is read so that %s is sent: %s', (text, path, sent) => {
    expect(contextFilter(text)(path)).toBe(sent);
  });
});

describe('docker-compose.yml', () => {
  it('has no fault', () => {
    expect(composeFaults(compose, environmentVariables)).toEqual([]);
  });

  it('starts the services in turn: secrets, database, schema, service', () => {
    expect(startOrder(compose)).toEqual(['init', 'postgres', 'migrate', 'gatehouse']);
    expect(Object.keys(compose.services).filter((name) => isOneShot(compose, name))).toEqual(['init', 'migrate']);
    expect(gatehouse.depends_on).toEqual({
      postgres: { condition: 'service_healthy' },
      migrate: { condition: 'service_completed_successfully' },
    });
  });

  it('runs commands that are built from sources', () => {
    expect(sourceOf(migrate.command)).toBe('src/migrate.ts');
    expect(existsSync(join(root, 'src/migrate.ts'))).toBe(true);
    expect(gatehouse.command).toBe(undefined);
  });

  it('gives our containers no rights that they do not need', () => {
    for (const service of [init, migrate, gatehouse]) {
      expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
    }
    const mounts = [migrate, gatehouse].flatMap(({ volumes = [] }) => volumes.map(parseMount));
    expect(mounts.map(({ readOnly }) => readOnly)).toEqual([true, true]);
    expect(postgres.volumes?.map(parseMount).map(({ volume }) => volume)).not.toContain('secrets');
  });

  it('mounts secrets where the image has a folder for them, whose owner a new volume takes over', () => {
    const made = runtime.instructions.find(({ keyword, text }) => keyword === 'RUN' && text.startsWith('mkdir'))?.text;
    const targets = init.volumes?.map(parseMount).map(({ target }) => target);
    expect(made).toBe(`mkdir -m 700 ${targets?.join(' ')} && chown 1000:1000 ${targets?.join(' ')}`);
  });

  it.each([
    ['an unknown variable', 'PUBLIC_URL:', 'PUBLIC_ULR:', 'gatehouse: PUBLIC_ULR is no variable of the service'],
    [
      'a secret in the open',
      'MASTER_KEY_FILE:',
      'MASTER_KEY:',
      'gatehouse: MASTER_KEY is secret: give MASTER_KEY_FILE',
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
    expect(composeFaults(parseCompose(changed), environmentVariables)).toContain(fault);
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
