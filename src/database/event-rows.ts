import type { DomainEvent } from '../events/event-catalogue.js';
import { type EventContext, type EventRow, toEventRow } from '../events/event-row.js';
import { actorOf, type Authority } from './authority.js';

export function contextOf(authority: Authority, at: Date): EventContext {
  const { storeId, origin } = authority;
  const clientAddress = origin?.clientAddress ?? '';
  if (storeId === null) throw new Error('an event belongs to a store');
  return {
    storeId,
    ...actorOf(authority),
    requestId: origin?.requestId ?? null,
    clientAddress: clientAddress === '' ? null : clientAddress,
    at,
  };
}

/** Beside the store's. Named one by one: a newer version may have added a column, which its default fills. */
const COLUMNS = [
  'id',
  'type',
  'version',
  'occurred_at',
  'actor_type',
  'actor_id',
  'subject_type',
  'subject_id',
  'request_id',
  'outcome',
  'reason',
  'occurrences',
  'data',
  'personal',
  'personal_hash',
] as const;

/** As `insertEvents` takes them. */
export function eventRows(events: readonly DomainEvent[], context: EventContext): string {
  return rowsAsJson(events.map((event) => toEventRow(event, context)));
}

/** By the names of the columns. */
export function rowsAsJson(rows: readonly EventRow[]): string {
  return JSON.stringify(rows.map(toColumns));
}

/**
 * Its text is the same for any number of events, so that it is prepared once.
 *
 * @param store the parameter that holds the store's id: a distributed database looks for it in the statement, not in the rows
 * @param rows the parameter that holds what `eventRows` or `rowsAsJson` made
 */
export function insertEvents(store: string, rows: string): string {
  const columns = COLUMNS.join(', ');
  return `INSERT INTO public.events (store_id, ${columns})
    SELECT ${store}::uuid, ${columns} FROM jsonb_populate_recordset(NULL::public.events, ${rows}::jsonb)`;
}

function toColumns(row: EventRow): Readonly<Record<(typeof COLUMNS)[number], unknown>> {
  return {
    id: row.id,
    type: row.type,
    version: row.version,
    occurred_at: row.occurredAt,
    actor_type: row.actorType,
    actor_id: row.actorId,
    subject_type: row.subjectType,
    subject_id: row.subjectId,
    request_id: row.requestId,
    outcome: row.outcome,
    reason: row.reason,
    occurrences: row.occurrences,
    data: row.data,
    personal: row.personal,
    // As bytea is written in text (PostgreSQL, section 8.4).
    personal_hash: `\\x${Buffer.from(row.personalHash).toString('hex')}`,
  };
}
