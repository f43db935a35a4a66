const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;
const DATE_TIME = /^(\d{4})-(\d{2})-(\d{2})[Tt]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})$/;
const EPOCH_MILLISECONDS = /^-?\d{1,15}$/;
/** The year 1 to the year 9999: what lies outside is in no row, and at some point the database cannot read it. */
const EARLIEST_MS = -62_135_596_800_000;
const LATEST_MS = 253_402_300_799_999;

/**
 * A moment in one of three spellings: a day (its beginning in UTC), a date-time of RFC 3339, or milliseconds since the epoch.
 *
 * @returns milliseconds since the epoch, cut to whole ones; null when it is no moment
 */
export function readInstant(text: string): number | null {
  if (EPOCH_MILLISECONDS.test(text)) return withinReach(Number(text));
  const parts = DAY.exec(text) ?? DATE_TIME.exec(text);
  if (parts === null) return null;
  const [, year, month, day] = parts.map(Number);
  if (!isDay(year ?? 0, month ?? 0, day ?? 0)) return null;
  const milliseconds = Date.parse(text.toUpperCase());
  return Number.isNaN(milliseconds) ? null : withinReach(milliseconds);
}

function withinReach(milliseconds: number): number | null {
  return milliseconds >= EARLIEST_MS && milliseconds <= LATEST_MS ? milliseconds : null;
}

/** `Date.parse` takes the 30th of February for a day in March. */
function isDay(year: number, month: number, day: number): boolean {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}
