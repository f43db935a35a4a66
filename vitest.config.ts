import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/harness/global-setup.ts',
    setupFiles: 'test/harness/interface/setup.ts',
    // One app and one database per worker, kept for all its files: starting them anew for each would take most of the time.
    pool: 'forks',
    isolate: false,
    maxWorkers: 3,
    // Most code of a test runs a few times: to compile it quickly saves a seventh of the time that better code would take to make.
    execArgv: ['--always-sparkplug', '--liftoff-only'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
