import { type DomainEvent } from '../events/event-catalogue.js';
import type { Authority } from './authority.js';
import { contextOf, eventRows, insertEvents } from './event-rows.js';

/**
 * Stands in a statement where the question must be asked whether the application key still lives. Its row is held from then on: a
 * deletion comes after the statement, whatever else that one has to wait for.
 */
export const KEY_LIVES = '/* key lives */';

/** One statement that changes rows, with its event: they are written together, without BEGIN. */
export interface SingleWrite {
  /** Of the prepared statement. */
  readonly name: string;
  /**
   * An INSERT, UPDATE or DELETE on rows of one store. Under an access token its condition contains `KEY_LIVES`. With an event it
   * ends with RETURNING, of plain columns only.
   */
  readonly text: string;
  /** The first is the store's id. */
  readonly values: readonly unknown[];
  /** Recorded where the statement returns a row. */
  readonly event?: DomainEvent;
}

/** The statement as it is sent. @throws Error where it forgot its store, or to ask for the key: a mistake of ours */
export function singleStatement(authority: Authority, { name, text, values, event }: SingleWrite, at: Date) {
  // Each part of the statement names the store by the same parameter, so that a distributed database sees that it is one store.
  if (values[0] !== authority.storeId) throw new Error(`the first value of the statement ${name} is not its store`);
  const all = [...values];
  const parameter = (value: unknown) => `$${all.push(value)}`;
  let lives = 'TRUE';
  if (!('actor' in authority)) {
    if (authority.customer !== null) throw new Error(`the statement ${name} cannot ask for a customer token`);
    if (text.split(KEY_LIVES).length !== 2)
      throw new Error(`the statement ${name} does not ask for its application key`);
    // check: a single statement under an access token asks whether its key lives
    lives = `EXISTS (
      SELECT FROM public.application_keys WHERE store_id = $1::uuid AND id = ${parameter(authority.keyId)}::uuid FOR KEY SHARE)`;
  }
  const written = text.replace(KEY_LIVES, lives);
  const asked = 'actor' in authority ? name : `${name}+key`;
  if (event === undefined) return { name: asked, text: written, values: all };
  const events = parameter(eventRows([event], contextOf(authority, at)));
  return {
    name: `${asked}+event`,
    text: `WITH written AS (${written}), recorded AS (${insertEvents('$1', events)} WHERE EXISTS (SELECT FROM written))
      SELECT * FROM written`,
    values: all,
  };
}
