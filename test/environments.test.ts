import { describe, expect, it } from 'vitest';

interface Environment {
  readonly name: string;
  readonly variables?: Readonly<Record<string, string>>;
}

const scripts = new URL('../scripts/environments.mjs', import.meta.url).pathname;
const { environments, nearestChange } = (await import(scripts)) as {
  environments: (now?: Date) => Environment[];
  nearestChange: (now: Date) => { zone: string; at: Date };
};

describe('the environments of npm run test:thorough', () => {
  it('are three time zones, for the process and its database alike', () => {
    const zones = environments().flatMap(({ variables }) => (variables?.['TZ'] === undefined ? [] : [variables]));

    expect(new Set(zones.map(({ TZ }) => TZ)).size).toBe(3);
    expect(zones.map(({ TZ }) => TZ)).toEqual(expect.arrayContaining(['UTC', 'America/New_York']));
    for (const { TZ, TEST_DATABASE_SETTINGS } of zones) expect(TEST_DATABASE_SETTINGS).toBe(`TimeZone=${TZ}`);
  });

  it('are databases with hostile settings, too', () => {
    expect(environments().map(({ variables }) => variables)).toContainEqual({ TEST_DATABASE_SETTINGS: 'hostile' });
  });

  it.each([
    ['2026-03-27T12:00:00Z', 'Europe/Berlin', '2026-03-29'],
    ['2026-10-26T12:00:00Z', 'Europe/Berlin', '2026-10-25'],
  ])('have one zone whose clock changes near %s: %s', (now, zone, day) => {
    const { zone: found, at } = nearestChange(new Date(now));

    expect([found, Math.abs(at.getTime() - Date.parse(day)) <= 2 * 86_400_000]).toEqual([zone, true]);
  });
});
