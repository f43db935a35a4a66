import type { Deviation, HostileSetting } from './deviation.js';

/** Something that a provider may do. */
export interface Variation {
  /** Begins with the name of the OpenID Foundation's test module where one tests this. */
  readonly name: string;
  readonly deviation: Deviation;
  readonly setting: Partial<HostileSetting>;
}

export function variations(
  rows: Readonly<Record<string, readonly [Deviation, Partial<HostileSetting>?]>>,
): Variation[] {
  return Object.entries(rows).map(([name, [deviation, setting = {}]]) => ({ name, deviation, setting }));
}
