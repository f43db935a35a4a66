const PARENT_CHECK_MILLISECONDS = 250;

/**
 * Tells when npm, which started us, is gone. It passes SIGTERM to a shell between us, and that one dies of it without a word. Who
 * starts the script without npm, and leaves, means it to stay.
 */
export function whenNpmLeaves(act) {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    act();
  }, PARENT_CHECK_MILLISECONDS);
  timer.unref();
}
