import { defineConfig } from 'vitest/config';

/** Many random cases, beside the tests and not among them: `npm run fuzz`. */
export default defineConfig({
  test: {
    include: ['test/fuzz/*.fuzz.ts'],
    globalSetup: 'test/harness/global-setup.ts',
    setupFiles: ['test/harness/interface/setup.ts', 'test/harness/tier/setup.ts'],
    pool: 'forks',
    isolate: false,
    maxWorkers: 2,
    testTimeout: 3_600_000,
    hookTimeout: 60_000,
  },
});
