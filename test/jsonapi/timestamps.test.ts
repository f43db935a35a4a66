import { describe, expect, it } from 'vitest';
import { toMilliseconds, toSeconds } from '../../src/jsonapi/timestamps.js';

describe('times', () => {
  const time = new Date('2025-03-01T10:00:00.987Z');

  it('of customers and orders are cut to seconds, never rounded up', () => {
    expect(toSeconds(time)).toBe('2025-03-01T10:00:00Z');
  });

  it('of addresses have milliseconds', () => {
    expect(toMilliseconds(time)).toBe('2025-03-01T10:00:00.987Z');
    expect(toMilliseconds(new Date('2025-03-01T10:00:00Z'))).toBe('2025-03-01T10:00:00.000Z');
  });
});
