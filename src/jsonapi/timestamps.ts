/** RFC 3339 in whole seconds, as customers and orders show their times. */
export function toSeconds(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}

/** RFC 3339 in milliseconds, as addresses show their times. */
export function toMilliseconds(time: Date): string {
  return time.toISOString();
}
