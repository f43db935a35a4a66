import { readFileSync } from 'node:fs';
import type { ConnectionLimits } from './client-connections.js';

/** How long a client may take for each step, in milliseconds. */
export const connectionTimes = {
  /** For the lines before a body, from the connection or the first byte on. */
  headMs: 10_000,
  /** For a whole request. */
  requestMs: 15_000,
  /** Between an answer and the next request. Longer than the minute for which load balancers keep theirs. */
  keepAliveMs: 72_000,
  /** To take nothing of an answer. */
  readingMs: 15_000,
  /** How late the end of each may be noticed. */
  lookEveryMs: 1_000,
} as const;

/** Node notices first, and answers; what it overlooks is cut. */
const AFTER_NODE_MS = 1_500;
/** What the connections of clients hold together: a hundred large answers. */
const BYTES_MAX = 67_108_864;
const CONNECTIONS_MAX = 4_096;
const CONNECTIONS_MIN = 16;
/** Files, the log, providers that are asked, and what the runtime itself opens. */
const OTHER_DESCRIPTORS = 128;

/** @param databasePoolSize connections to the database, which need descriptors, too */
export function connectionLimits(databasePoolSize: number): ConnectionLimits {
  const { headMs, requestMs, keepAliveMs, readingMs, lookEveryMs } = connectionTimes;
  return {
    connections: connectionsWithin(openFilesMax(), databasePoolSize),
    bytes: BYTES_MAX,
    patienceMs: {
      'first request': headMs + AFTER_NODE_MS,
      'next request': keepAliveMs + headMs + AFTER_NODE_MS,
      body: requestMs + AFTER_NODE_MS,
      reading: readingMs,
    },
    lookEveryMs,
  };
}

/**
 * How many connections of clients leave descriptors for all else: without a free one the service could neither ask its database nor
 * accept anybody.
 *
 * @param openFiles how many descriptors the process may have
 */
export function connectionsWithin(openFiles: number, databasePoolSize: number): number {
  return Math.max(CONNECTIONS_MIN, Math.min(CONNECTIONS_MAX, openFiles - databasePoolSize - OTHER_DESCRIPTORS));
}

/** How many descriptors this process may have; Infinity where the system does not say. */
export function openFilesMax(limits = readLimits()): number {
  const text = /^Max open files\s+(\S+)/m.exec(limits)?.[1] ?? '';
  return /^\d+$/.test(text) ? Number(text) : Number.POSITIVE_INFINITY;
}

function readLimits(): string {
  try {
    return readFileSync('/proc/self/limits', 'utf8');
  } catch {
    return '';
  }
}
