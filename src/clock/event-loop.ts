/** Waits that come to less in all, in milliseconds, may be none: to ask for what is ready takes a moment, too. */
const WAIT_MIN_MS = 0.5;
/** How often somebody should look, in milliseconds, so that little of what the loop did is in doubt. */
export const LOOK_INTERVAL_MS = 20;

/** The last look. There is one event loop in a thread, and so one of these. */
let seen = { atMs: performance.now(), idleMs: idleMs() };
let busySinceMs = seen.atMs;

/**
 * The event loop was waiting for something to happen at this moment or later, by `performance.now()`: whatever is read now came
 * after it. What came before would have ended the wait. A loop that is held up, as by code that runs for the first time, reads
 * much later what has been waiting for it in the sockets, one new connection a turn.
 */
export function loopBusySinceMs(): number {
  const look = { atMs: performance.now(), idleMs: idleMs() };
  const waitedMs = look.idleMs - seen.idleMs;
  // When it waited since the last look is not known: at the earliest, all of its work came after.
  if (waitedMs >= WAIT_MIN_MS) busySinceMs = seen.atMs + waitedMs;
  seen = look;
  return busySinceMs;
}

function idleMs(): number {
  return performance.eventLoopUtilization().idle;
}
