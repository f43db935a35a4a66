import type { Fault } from '../jsonapi/faults.js';

/** Members of the store's own on a customer, kept as they are sent. */
export type CustomMembers = Readonly<Record<string, unknown>>;

const COUNT_MAX = 50;
const BYTES_MAX = 8_192;
const INEXACT = `may not hold a number beyond ${Number.MAX_SAFE_INTEGER}: send it as text, so that it stays exact.`;

/** Names that the interface uses, or that would look like something only the service may set. Never kept as custom members. */
const RESERVED = new Set([
  'account',
  'authentication_mechanism',
  'created_at',
  'current_password',
  'custom_members',
  'customer_id',
  'email',
  'email_canonical',
  'email_domain',
  'email_verified',
  'external_ref',
  'id',
  'links',
  'login_email',
  'meta',
  'name',
  'name_folded',
  'password',
  'password_hash',
  'relationships',
  'store_id',
  'type',
  'updated_at',
]);

/** Names through which careless code reaches the prototype of every object. */
const FORBIDDEN = new Set(/* check: names that reach the prototype */ ['__proto__', 'constructor', 'prototype']);

/**
 * Takes the custom members out of a body and lays them over the stored ones: a sent member replaces, null removes.
 *
 * @param data the `data` of the body, as parsed and not yet cut to the known members
 */
export function mergeCustomMembers(stored: CustomMembers, data: unknown): { members: CustomMembers; faults: Fault[] } {
  const faults: Fault[] = [];
  const members = new Map(Object.entries(stored));
  for (const [name, value] of Object.entries(data ?? {})) {
    if (RESERVED.has(name)) continue;
    const path = ['data', name];
    if (FORBIDDEN.has(name) || holds(value, isImposture, name)) faults.push({ path, rule: 'not_allowed' });
    else if (holds(value, isInexact)) faults.push({ path, rule: 'text', text: INEXACT });
    else if (value === null) members.delete(name);
    else members.set(name, value);
  }
  const merged = Object.fromEntries(members);
  if (members.size > COUNT_MAX) {
    faults.push({ path: ['data'], rule: 'text', text: `may not have more than ${COUNT_MAX} members of its own.` });
  }
  if (Buffer.byteLength(JSON.stringify(merged)) > BYTES_MAX) {
    faults.push({
      path: ['data'],
      rule: 'text',
      text: `may not have more than ${BYTES_MAX} bytes in members of its own.`,
    });
  }
  return { members: merged, faults };
}

/** What an answer shows; a name that the interface took over later is hidden. */
export function shownCustomMembers(stored: unknown): CustomMembers {
  return Object.fromEntries(Object.entries(stored ?? {}).filter(([name]) => !RESERVED.has(name)));
}

/** Such a name at any depth; and what passes for a decimal number of the database client's, which it then cannot write. */
function isImposture(name: string, value: unknown): boolean {
  return name === '__proto__' || (name === 'toStringTag' && value === '[object Decimal]');
}

/** Reading JSON has already rounded such a number, so it could not be answered as it was sent. */
function isInexact(_name: string, value: unknown): boolean {
  return typeof value === 'number' && (!Number.isFinite(value) || Math.abs(value) > Number.MAX_SAFE_INTEGER);
}

/** Looks at the value and all that is in it. The depth is bounded by the body parser. */
function holds(value: unknown, is: (name: string, value: unknown) => boolean, name = ''): boolean {
  if (is(name, value)) return true;
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([inner, member]) => holds(member, is, inner));
}
