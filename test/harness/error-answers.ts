import { expect } from 'vitest';
import { errorCatalog, type ErrorCode } from '../../src/errors/error-catalog.js';

/** What supertest and the raw client have in common. */
interface ErrorAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

interface ExpectedEntry {
  readonly detail?: string;
  readonly source?: string;
  readonly title?: string;
}

/**
 * Asserts that an answer is the whole error envelope of this code and nothing else: status, media type, every member of every
 * entry, and one request id in body and header.
 *
 * @param entries where they differ from the catalog; one entry as in the catalog if left out
 * @param beside members beside `errors`, at the OAuth endpoints
 */
export function expectError(
  answer: ErrorAnswer,
  code: ErrorCode,
  entries: readonly ExpectedEntry[] = [{}],
  beside: Readonly<Record<string, string>> = {},
): void {
  const { status, title, detail } = errorCatalog[code];
  const body: unknown = typeof answer.body === 'string' ? JSON.parse(answer.body) : answer.body;
  const requestId = answer.headers['x-request-id'];
  expect(body).toEqual({
    errors: entries.map((entry) => ({ status, title, detail, code, request_id: requestId, ...entry })),
    ...beside,
  });
  expect(requestId).toMatch(/^[A-Za-z0-9._-]{1,64}$/);
  expect(answer.status).toBe(status);
  expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
  expect(answer.headers['cache-control']).toBe('no-store');
  expect(answer.headers['x-content-type-options']).toBe('nosniff');
}
