import type { Deviation, HostileSetting, Lie } from './deviation.js';

/** A table of lies that end with the same answer: by name, the reason in the log, what the provider does, and its setting. */
export function lies(
  answer: Lie['answer'],
  rows: Readonly<Record<string, readonly [Lie['reason'], Deviation, Partial<HostileSetting>?]>>,
): Lie[] {
  return Object.entries(rows).map(([name, [reason, deviation, setting = {}]]) => ({
    name,
    deviation,
    setting,
    reason,
    answer,
  }));
}
