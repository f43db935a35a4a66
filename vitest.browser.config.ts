import { defineConfig } from 'vitest/config';

/** What a person sees, in a real browser: `npm run test:browser`. */
export default defineConfig({
  test: {
    include: ['test/browser/*.browser.ts'],
    globalSetup: 'test/harness/global-setup.ts',
    setupFiles: ['test/harness/interface/setup.ts', 'test/harness/tier/setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
