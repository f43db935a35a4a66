import { defineConfig } from 'prisma/config';

// `prisma generate`, `validate` and `format` look for the native schema engine before they start, although they work
// without it: naming any existing program keeps them offline. Real migrations must not see this (they would run it).
if (process.argv.some((argument) => ['generate', 'validate', 'format'].includes(argument))) {
  process.env['PRISMA_SCHEMA_ENGINE_BINARY'] ??= process.execPath;
}

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: { url: process.env['DATABASE_URL'] ?? '' },
});
