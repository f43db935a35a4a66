import { createHash, randomBytes } from 'node:crypto';
import { newId } from '../crypto/identifiers.js';
import { type DomainEvent, eventCatalogue, type SubjectType } from './event-catalogue.js';

const SALT_BYTES = 16;

/** Who did something. */
export type ActorType = 'application_key' | 'customer' | 'operator' | 'system' | 'browser' | 'unknown';

/** Who did it, and from where. */
export interface EventContext {
  readonly storeId: string;
  readonly actorType: ActorType;
  /** Of the application key or the customer; null for the others. */
  readonly actorId: string | null;
  readonly requestId: string | null;
  readonly clientAddress: string | null;
  readonly at: Date;
}

/** A row of the table `events`, as Prisma writes it. */
export interface EventRow {
  readonly storeId: string;
  readonly id: string;
  readonly type: string;
  readonly version: number;
  readonly occurredAt: Date;
  readonly actorType: ActorType;
  readonly actorId: string | null;
  readonly subjectType: SubjectType;
  /** Null: nobody who is known. */
  readonly subjectId: string | null;
  readonly requestId: string | null;
  readonly outcome: 'succeeded' | 'refused';
  readonly reason: string | null;
  readonly occurrences: number;
  readonly data: Readonly<Record<string, string | number | boolean | null>>;
  /** What tells of a person, with the salt of its hash; erasing it leaves the hash. */
  readonly personal: PersonalPart;
  readonly personalHash: Uint8Array<ArrayBuffer>;
}

/** `salt` is base64url of 16 random bytes: without it, an email could be found by trying those that there are. */
export interface PersonalPart {
  readonly salt: string;
  readonly members: Readonly<Record<string, string>>;
}

export function toEventRow(event: DomainEvent, context: EventContext): EventRow {
  const { version, subject } = eventCatalogue[event.type];
  const personal = personalPart({
    ...event.personal,
    ...(context.clientAddress === null ? {} : { client_address: context.clientAddress }),
  });
  return {
    storeId: context.storeId,
    id: newId(),
    type: event.type,
    version,
    occurredAt: context.at,
    actorType: context.actorType,
    actorId: context.actorId,
    subjectType: subject,
    subjectId: event.subjectId,
    requestId: context.requestId,
    outcome: 'succeeded',
    reason: null,
    occurrences: 1,
    data: event.data ?? {},
    personal,
    personalHash: hashOf(personal),
  };
}

/** Refusals of one minute that are alike. */
export interface CountedRefusals {
  readonly storeId: string;
  readonly type: string;
  readonly reason: string;
  /** The beginning of the minute. */
  readonly minute: Date;
  /** Of the customer whom they are about. */
  readonly accountId: string | null;
  /** Null: of several. */
  readonly clientAddress: string | null;
  readonly occurrences: number;
}

export function toRefusalRow(counted: CountedRefusals): EventRow {
  const { storeId, type, reason, minute, accountId, clientAddress, occurrences } = counted;
  const personal = personalPart(clientAddress === null ? {} : { client_address: clientAddress });
  return {
    storeId,
    id: newId(),
    type,
    version: 1,
    occurredAt: minute,
    actorType: 'unknown',
    actorId: null,
    subjectType: 'customer',
    subjectId: accountId,
    requestId: null,
    outcome: 'refused',
    reason,
    occurrences,
    data: {},
    personal,
    personalHash: hashOf(personal),
  };
}

export function personalPart(members: Readonly<Record<string, string>>): PersonalPart {
  return { salt: randomBytes(SALT_BYTES).toString('base64url'), members };
}

/** SHA-256 over the salt and the members in the order of their names: it ties an event to what was erased from it. */
export function hashOf({ salt, members }: PersonalPart): Uint8Array<ArrayBuffer> {
  const ordered = Object.entries(members).toSorted(([left], [right]) => (left < right ? -1 : 1));
  return new Uint8Array(
    createHash('sha256')
      .update(JSON.stringify([salt, ordered]))
      .digest(),
  );
}
