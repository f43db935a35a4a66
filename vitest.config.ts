import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What takes longest: thousands of requests, or starts of processes. */
const LONG =
  /\/(launch|examples|browser)\/|interface-document\.|identity-linking\.|hostile-filters|query\.plans|\.lies|scoping|processes|races/;

/** Longest first: one that began last would keep a worker busy when the others have nothing left to do. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((one, other) => Number(LONG.test(other.moduleId)) - Number(LONG.test(one.moduleId)));
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/harness/global-setup.ts',
    setupFiles: ['test/harness/interface/setup.ts', 'test/harness/statements/setup.ts', 'test/harness/tier/setup.ts'],
    // One app and one database per worker, kept for all its files: starting them anew for each would take most of the time.
    pool: 'forks',
    isolate: false,
    maxWorkers: 3,
    // Most code of a test runs a few times: to compile it quickly saves a seventh of the time that better code would take to make.
    execArgv: ['--always-sparkplug', '--liftoff-only'],
    // As test/harness/patience.ts: a wait ends when what it waits for happens, however busy the machine is.
    expect: { poll: { timeout: 50_000, interval: 10 } },
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
