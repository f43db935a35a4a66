import { randomUUID } from 'node:crypto';
import { v7 } from 'uuid';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** An id for a new row: UUIDv7 (RFC 9562 section 5.7), so that rows made together lie together in an index. */
export function newId(): string {
  return v7();
}

/** An id that must not tell when it was made: UUIDv4. */
export function newTokenId(): string {
  return randomUUID();
}

/** The lower-case form of any UUID, null for other text: other text never reaches a query. */
export function parseUuid(text: string): string | null {
  const lower = text.toLowerCase();
  return UUID.test(lower) ? lower : null;
}
