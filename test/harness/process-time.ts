import { type MockInstance, vi } from 'vitest';

let aheadMs = 0;
let clock: MockInstance<() => number> | undefined;

/**
 * Runs the work with the process's own time a second ahead; within it, another second. What processes remember in memory counts
 * by that time, so that a test can tell "within a second" from "at some time" without waiting.
 */
export async function aSecondLater<Result>(work: () => Promise<Result>): Promise<Result> {
  if (clock === undefined) {
    const now = performance.now.bind(performance);
    clock = vi.spyOn(performance, 'now').mockImplementation(() => now() + aheadMs);
  }
  aheadMs += 1_000;
  try {
    return await work();
  } finally {
    aheadMs -= 1_000;
    if (aheadMs === 0) {
      clock.mockRestore();
      clock = undefined;
    }
  }
}

/** Runs the work while the process's own time stands still, however slow the machine is. */
export async function inOneMoment<Result>(work: () => Promise<Result>): Promise<Result> {
  const moment = vi.spyOn(performance, 'now').mockReturnValue(performance.now());
  try {
    return await work();
  } finally {
    moment.mockRestore();
  }
}
