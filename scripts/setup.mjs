import './node-version.mjs';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packages, postgresLibraries } from './installation.mjs';
import { filesBelow, fingerprint, inProject, readStamp, runNode } from './project.mjs';
import { whileLocked } from './setup-lock.mjs';

const CLIENT_STAMP = 'src/generated/.stamp';
const BUILD_STAMP = 'dist/.stamp';
const BUILD_SETTINGS = [
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'nest-cli.json',
  'scripts/bundle.mjs',
];

/** The Prisma client, made from the schema. */
const client = {
  title: 'Generating the Prisma client ...',
  isDone: () => readStamp(CLIENT_STAMP) === clientInput() && existsSync(inProject('src/generated/prisma/client.ts')),
  async run() {
    const input = clientInput();
    await runNode(['node_modules/prisma/build/index.js', 'generate', '--no-hints'], 'on failure', withPrograms());
    writeFileSync(inProject(CLIENT_STAMP), input);
  },
};

/** `dist`, compiled from `src`, and what runs: `dist/bundle`. */
const build = {
  title: 'Building ...',
  isDone: () => readStamp(BUILD_STAMP) === buildInput() && existsSync(inProject('dist/bundle/main.js')),
  async run() {
    const input = buildInput();
    dropStrayOutput();
    await runNode(['node_modules/@nestjs/cli/bin/nest.js', 'build'], 'on failure');
    await runNode(['scripts/bundle.mjs'], 'on failure');
    mkdirSync(inProject('dist'), { recursive: true });
    writeFileSync(inProject(BUILD_STAMP), input);
  },
};

const STEPS = [packages, postgresLibraries, client, build];

/**
 * Brings a clone to the state from which the service starts: packages, Prisma client, build. Each step is taken only if what it
 * is made from has changed; when nothing has, this says nothing and takes a moment. Speaks on standard error.
 */
export function setUp() {
  return take(STEPS);
}

/** What lint, types and most tests need: all but the build. */
export function setUpToCompile() {
  return take(STEPS.filter((step) => step !== build));
}

async function take(steps) {
  if (steps.every((step) => step.isDone())) return;
  await whileLocked(async () => {
    for (const step of steps) {
      if (step.isDone()) continue;
      if (step.title !== null) console.error(step.title);
      await step.run();
    }
  });
}

/** For the scripts that need it before their own work: on failure one line, after what the failing program wrote. */
export async function setUpOrExit() {
  try {
    await setUp();
  } catch (cause) {
    console.error(`Set-up failed: ${cause.message}`);
    process.exit(1);
  }
}

/** Prisma looks for the generators of the schema as a shell does: in PATH. */
function withPrograms() {
  const PATH = [inProject('node_modules/.bin'), dirname(process.execPath), process.env.PATH ?? ''].join(delimiter);
  return { ...process.env, PATH };
}

function clientInput() {
  return fingerprint(['package-lock.json', 'prisma/schema.prisma', 'prisma.config.ts']);
}

function buildInput() {
  const sources = filesBelow(inProject('src')).filter((name) => !name.startsWith('generated'));
  return `${clientInput()} ${fingerprint([...BUILD_SETTINGS, ...sources.map((name) => join('src', name))])}`;
}

/**
 * Removes what was compiled from files that are gone: it would still be found by whoever imports it. The compiler, which works
 * incrementally, believes that its earlier output is there: where some is missing, it has to begin anew.
 */
function dropStrayOutput() {
  const sources = new Set(filesBelow(inProject('src')).map((name) => name.replace(/\.ts$/, '')));
  const outputs = filesBelow(inProject('dist')).filter((name) => /\.js(\.map)?$/.test(name));
  for (const name of outputs) {
    if (!sources.has(name.replace(/\.js(\.map)?$/, ''))) rmSync(inProject('dist', name));
  }
  const complete = [...sources].every((name) => name.startsWith('generated') || outputs.includes(`${name}.js`));
  if (!complete) rmSync(inProject('dist/.tsbuildinfo'), { force: true });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await setUpOrExit();
