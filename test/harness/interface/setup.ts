import { afterAll, afterEach } from 'vitest';
import { takeViolations } from './answers.js';

/** An answer that breaks the document of the interface fails the test in which it came, or the file if it came after the last one. */
afterEach(requireNone);
afterAll(requireNone);

function requireNone(): void {
  const found = takeViolations();
  if (found.length > 0) throw new Error(['Answers that are not as documented:', ...new Set(found)].join('\n'));
}
