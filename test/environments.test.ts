import { describe, expect, it } from 'vitest';

interface Environment {
  readonly name: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly node24?: boolean;
}

const scripts = new URL('../scripts/environments.mjs', import.meta.url).pathname;
const { environments, nearestChange } = (await import(scripts)) as {
  environments: (now?: Date, ownZone?: string) => Environment[];
  nearestChange: (now: Date) => { zone: string; at: Date };
};

describe('the environments of npm run test:thorough', () => {
  it('are two time zones beside that of the machine, and UTC where that is another one', () => {
    const zones = (ownZone: string) => environments(new Date(), ownZone).map(({ variables }) => variables['TZ']);

    expect(new Set(['UTC', ...zones('UTC')]).size).toBe(3);
    expect(zones('UTC')).toContain('America/New_York');
    expect(zones('Asia/Tokyo')).toEqual([...zones('UTC'), 'UTC']);
  });

  it('are Node 24, and databases with hostile settings or with the zone of the process', () => {
    expect(environments().map(({ node24 }) => node24)).toContain(true);
    expect(environments(new Date(), 'UTC').map(({ variables }) => variables['TEST_DATABASE_SETTINGS'])).toEqual([
      'TimeZone=America/New_York',
      'hostile',
    ]);
  });

  it.each([
    ['2026-03-27T12:00:00Z', 'Europe/Berlin', '2026-03-29'],
    ['2026-10-26T12:00:00Z', 'Europe/Berlin', '2026-10-25'],
  ])('have one zone whose clock changes near %s: %s', (now, zone, day) => {
    const { zone: found, at } = nearestChange(new Date(now));

    expect([found, Math.abs(at.getTime() - Date.parse(day)) <= 2 * 86_400_000]).toEqual([zone, true]);
  });
});
