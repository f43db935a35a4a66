import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp } from '../harness/app.js';
import { operations } from '../harness/interface/document.js';
import { type PropertyRuns, runOperation, type Tally } from '../harness/interface/property-run.js';
import { World } from '../harness/interface/world.js';

/** Of the answers to each operation, at least this part says that all went well: 2xx, and 303 where browsers are sent on. */
const WELL_MIN = 0.3;

/**
 * The property run over the operations of some chapters of the document: `runOperation` says what it checks. A failure is shown in its
 * smallest form, with the seed that makes it again.
 */
export function describeOperations(chapters: RegExp, { seed, numRuns }: PropertyRuns): void {
  const chosen = operations.filter(({ operation }) => chapters.test(operation.tags[0] ?? ''));
  const tallies: [string, Tally][] = [];
  let world: World;

  beforeAll(async () => {
    world = await World.of(await startApp({ tokenSigningAlg: 'ES256' }));
  });
  afterAll(async () => {
    await world.stop();
    await world.app.close();
    // oxlint-disable-next-line no-console -- how the cases were answered is the report of the run
    console.log(tallies.map(([id, tally]) => `${id.padEnd(44)} ${inWords(tally)}`).join('\n'));
  });

  describe.each(chosen.map((found) => [`${found.method.toUpperCase()} ${found.path}`, found] as const))(
    '%s',
    (_, found) => {
      it('answers as documented, whatever comes', async () => {
        const tally = await runOperation(world, found, { seed, numRuns });
        tallies.push([found.operation.operationId, tally]);
        const all = [...tally.values()].reduce((sum, count) => sum + count, 0);
        const well = [...tally]
          .filter(([status]) => status < 300 || status === 303)
          .reduce((sum, [, count]) => sum + count, 0);
        expect(well / all, inWords(tally)).toBeGreaterThanOrEqual(WELL_MIN);
      }, 3_600_000);
    },
  );
}

function inWords(tally: Tally): string {
  return [...tally]
    .sort(([one], [other]) => one - other)
    .map(([status, count]) => `${status}: ${count}`)
    .join('  ');
}
