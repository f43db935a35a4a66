import { describe, expect, it } from 'vitest';
import { decisions } from '../harness/text-decisions.js';

describe('every character in a domain', () => {
  it('makes the same addresses on every runtime', () => {
    expect(decisions(1).domains).toBe('a9a6161756c18840e2544b50d41fc4c0');
  });
});
