import { describe, expect, it } from 'vitest';
import { decisions } from '../harness/text-decisions.js';

describe('every character in a domain', () => {
  it('makes the same addresses on every runtime', () => {
    expect(decisions(1).domains).toBe('cc00e31b89a7b54d3403f2c4b457d8be');
  });
});
