import { describe, expect, it } from 'vitest';
import { connectionsWithin, openFilesMax } from '../../src/http/connection-limits.js';

describe('the connections of clients', () => {
  it('leave descriptors for the database and all else', () => {
    expect(connectionsWithin(1_024, 10)).toBe(886);
    expect(connectionsWithin(1_024, 500)).toBe(396);
    expect(connectionsWithin(1_048_576, 10)).toBe(4_096);
    expect(connectionsWithin(Number.POSITIVE_INFINITY, 10)).toBe(4_096);
    expect(connectionsWithin(64, 10)).toBe(16);
  });

  it('are bounded by what the system says that the process may open', () => {
    const limits = [
      'Limit                     Soft Limit           Hard Limit           Units     ',
      'Max processes             7000                 7000                 processes ',
      'Max open files            1024                 524288               files     ',
    ];
    expect(openFilesMax(limits.join('\n'))).toBe(1_024);
    expect(openFilesMax('Max open files            unlimited            unlimited            files     ')).toBe(
      Number.POSITIVE_INFINITY,
    );
    expect(openFilesMax('')).toBe(Number.POSITIVE_INFINITY);
    expect(openFilesMax()).toBeGreaterThan(0);
  });
});
