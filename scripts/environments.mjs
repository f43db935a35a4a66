const DAY_MS = 86_400_000;

/** Zones that change their clocks on different days of the year, as of both hemispheres. */
const ZONES = [
  'Europe/Berlin',
  'America/Santiago',
  'America/Asuncion',
  'America/Havana',
  'Africa/Cairo',
  'Africa/Casablanca',
  'Asia/Jerusalem',
  'Asia/Beirut',
  'Australia/Sydney',
  'Australia/Lord_Howe',
  'Pacific/Auckland',
  'Pacific/Chatham',
];

/**
 * Where `npm run test:thorough` runs the tests of `npm test` again, all of them. Each run takes as long as `npm test`, so two
 * differences that have little to do with each other share one; the time zone UTC has one where the machine has another zone.
 *
 * - `variables` are added to the environment of the tests, and TZ reaches the processes that they start. TEST_DATABASE_SETTINGS are settings
 *   of the server that the tests start, as `name=value`, separated by semicolons: what a role or a database may set, too. `hostile` sets all that a client may set.
 * - `node24`: under the Node that the image runs.
 */
export function environments(now = new Date(), ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone) {
  const { zone, at } = nearestChange(now);
  return [
    { name: 'Node 24, in the time zone America/New_York', node24: true, variables: inZone('America/New_York') },
    {
      name: `databases with hostile settings, in the time zone ${zone}, whose clock changes on ${at.toISOString().slice(0, 10)}`,
      variables: { TZ: zone, TEST_DATABASE_SETTINGS: 'hostile' },
    },
    ...(ownZone === 'UTC' ? [] : [{ name: 'the time zone UTC', variables: inZone('UTC') }]),
  ];
}

/** The zone for the process and for the sessions of its database. */
function inZone(zone) {
  return { TZ: zone, TEST_DATABASE_SETTINGS: `TimeZone=${zone}` };
}

/** @returns the zone whose clock was changed, or will be, nearest to a moment: there a day of 23 or 25 hours is near; and the day of that change */
export function nearestChange(now) {
  for (let days = 1; days <= 183; days += 1) {
    for (const at of [new Date(now.getTime() + days * DAY_MS), new Date(now.getTime() - days * DAY_MS)]) {
      const changed = ZONES.find((zone) => offsetIn(zone, at) !== offsetIn(zone, new Date(at.getTime() - DAY_MS)));
      if (changed !== undefined) return { zone: changed, at };
    }
  }
  throw new Error('no clock is changed within half a year');
}

function offsetIn(zone, at) {
  const parts = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' }).formatToParts(at);
  return parts.find(({ type }) => type === 'timeZoneName')?.value;
}
