import type { RawQuery } from '../jsonapi/page.js';

const MALFORMED = Symbol('malformed');
/** More than any client sends, and few enough that a query costs nothing: it is read before anybody is asked who they are. */
const PAIRS_MAX = 100;

/**
 * Parses a raw query string: percent-decoding only, so that `+` stays a plus (emails in filters hold it), one level of
 * brackets, an array for a repeated name. Never throws, since it runs inside the router: text that cannot be decoded, that
 * holds a NUL, or that has too many parts, marks the result instead.
 *
 * A name with brackets of any other form (`filter[]`, `filter[a][b]`) is filed under what stands before them, so that a filter
 * in a spelling that is not understood is seen as one, and refused.
 */
export function parseQueryString(raw: string): RawQuery {
  const query: Record<PropertyKey, unknown> = Object.create(null) as Record<PropertyKey, unknown>;
  const pairs = raw.split('&', PAIRS_MAX + 1);
  // Empty ones count: what is cut off behind them would be overlooked.
  if (pairs.length > PAIRS_MAX) query[MALFORMED] = 'query';
  for (const pair of pairs) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decode(equals === -1 ? pair : pair.slice(0, equals));
    const value = decode(equals === -1 ? '' : pair.slice(equals + 1));
    if (name === null || value === null)
      query[MALFORMED] = name === 'filter' && query[MALFORMED] !== 'query' ? 'filter' : 'query';
    else put(query, name, value);
  }
  return query;
}

/** The query as it came, cut where the router cuts: behind the first `?` or `#`. */
export function rawQueryOf(url: string): string {
  const start = url.search(/[?#]/);
  return start === -1 ? '' : url.slice(start + 1);
}

/** Which part could not be read: a filter and nothing else, or any other; null where all of it was. */
export function unreadablePart(query: unknown): 'filter' | 'query' | null {
  return (query as { [MALFORMED]?: 'filter' | 'query' } | null | undefined)?.[MALFORMED] ?? null;
}

function put(query: Record<PropertyKey, unknown>, name: string, value: string): void {
  const bracket = name.indexOf('[');
  if (bracket < 1) {
    add(query, name, value);
    return;
  }
  const outer = name.slice(0, bracket);
  const inner = name.slice(bracket + 1).replace(/\]$/, '');
  const members = query[outer] ?? (Object.create(null) as Record<PropertyKey, unknown>);
  if (typeof members !== 'object' || members === null || Array.isArray(members)) {
    add(query, outer, value);
    return;
  }
  query[outer] = members;
  add(members as Record<PropertyKey, unknown>, inner, value);
}

function add(target: Record<PropertyKey, unknown>, name: string, value: string): void {
  const existing = target[name];
  if (existing === undefined) target[name] = value;
  else if (Array.isArray(existing)) existing.push(value);
  else target[name] = [existing, value];
}

function decode(text: string): string | null {
  try {
    const decoded = decodeURIComponent(text);
    return decoded.includes('\0') ? null : decoded;
  } catch {
    return null;
  }
}
