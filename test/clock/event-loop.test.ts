import { setImmediate, setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { loopBusySinceMs } from '../../src/clock/event-loop.js';

/** Long enough to be told from what the machine does beside. */
const A_WHILE_MS = 100;

/** Keeps the event loop from everything else. */
function work(): void {
  for (const endsAt = performance.now() + A_WHILE_MS; performance.now() < endsAt;);
}

/** Lets the event loop wait: nothing but a timer ends it, so this is the thing under test and no pause. */
function rest(): Promise<void> {
  return setTimeout(A_WHILE_MS);
}

describe('the moment since which the event loop has been busy', () => {
  it('is before code that holds it up, also where turns lie between', async () => {
    await rest();
    const before = performance.now();
    work();
    for (let turns = 0; turns < 20; turns += 1) await setImmediate();
    work();

    expect(loopBusySinceMs()).toBeLessThanOrEqual(before);
  });

  it('comes after such code when the loop has waited since, whoever looked meanwhile', async () => {
    work();
    loopBusySinceMs();
    const after = performance.now();
    await rest();

    const busySince = loopBusySinceMs();

    expect(busySince).toBeGreaterThan(after);
    expect(busySince).toBeLessThanOrEqual(performance.now());
  });

  it('is not too late where work and rest lie between two looks: it may have waited first', async () => {
    loopBusySinceMs();
    work();
    const worked = performance.now();
    await rest();
    const rested = performance.now();

    const busySince = loopBusySinceMs();

    expect(busySince).toBeLessThanOrEqual(rested);
    expect(busySince).toBeGreaterThan(worked - A_WHILE_MS);
  });
});
