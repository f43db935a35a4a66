import * as fc from 'fast-check';
import { expect } from 'vitest';
import { takeViolations } from './answers.js';
import { type Case, casesOf, type WeightedCases } from './cases.js';
import type { Answer } from './client.js';
import { type DocumentedOperation, interfaceDocument, methodsAt } from './document.js';
import { expectAnswer, expectThat, type Subject } from './expectations.js';
import { pathTo, requestOf } from './requests.js';
import type { Places, World } from './world.js';

/** How often each status came. */
export type Tally = Map<number, number>;

export interface PropertyRuns {
  readonly seed: number;
  /** Cases of an operation, of each sort its part: at least so many, as each sort has one at least. */
  readonly numRuns: number;
}

/**
 * Sends many requests to one operation, good ones and ones that are bad in one way, with all credentials that there are, and checks of each
 * answer:
 *
 * 1. no failure of the service; 2. a documented status; 3. media type, 4. headers and 5. body as documented (`answers.ts` does
 * these for every test); 6. bad data refused; 7. good data accepted from everybody whom the route declares; 8. nothing without an access
 * token; 9. no forged one taken; 10. nothing for a token without the right, or for a grant or a customer without it; 11. other methods
 * refused with `Allow`; 12. unknown, malformed and wrong places not found, wherever in the path; 13. what was created is there; 14. what was
 * deleted is gone; 15. nothing of a customer for another one; 16. no forged customer token taken; 17. a write that was meant for another
 * version refused, and nothing written.
 */
export async function runOperation(
  world: World,
  found: DocumentedOperation,
  { seed, numRuns }: PropertyRuns,
): Promise<Tally> {
  const tally: Tally = new Map();
  const subject = { world, found, route: world.routeOf(found.operation.operationId), taken: methodsAt(found.path) };
  const sorts = casesOf(found, subject.route, subject.taken);
  const weights = sorts.reduce((sum, { weight }) => sum + weight, 0);
  for (const { weight, arbitrary } of sorts) {
    await runCases(subject, tally, arbitrary, { seed, numRuns: Math.ceil((numRuns * weight) / weights) });
  }
  return tally;
}

async function runCases(
  subject: Subject,
  tally: Tally,
  cases: WeightedCases['arbitrary'],
  parameters: PropertyRuns,
): Promise<void> {
  const { world, found } = subject;
  await fc.assert(
    fc.asyncProperty(cases, async (made) => {
      const places = { ...world.places, ...(await placesFor(subject, made)) };
      const tag = made.ifMatch === null ? '' : await tagOf(world, places);
      const answer = await requestOf(world, found, made, { places, tag });
      tally.set(answer.status, (tally.get(answer.status) ?? 0) + 1);
      const violations = takeViolations();
      expectThat(violations.length === 0, `answers are as documented: ${violations.join()}`, answer);
      expectThat(answer.status < 500, 'the service does not fail', answer);
      expectAnswer(subject, made, answer);
      if (made.kind === 'other version') expect(await tagOf(world, places), 'nothing is written').toBe(tag);
      if (made.kind === 'good' && answer.status < 400) await follow(world, found, answer, places);
    }),
    parameters,
  );
}

const LOCKS_OUT = new Set(['updateApplicationKey', 'rotateApplicationKey']);

/** What a deletion takes away, or a change may lock out, is made for it alone. */
async function placesFor({ world, found }: Subject, { kind, credentials }: Case): Promise<Places> {
  if (kind !== 'good') return {};
  const { method, operation } = found;
  const { operationId, parameters = [] } = operation;
  const last = parameters.filter(({ in: place }) => place === 'path').at(-1)?.name ?? '';
  if (method === 'delete' || LOCKS_OUT.has(operationId)) return world.fresh(last);
  return operationId === 'updateCustomer' ? world.changedBy(credentials) : {};
}

/** The tag of the order as it is now. */
async function tagOf(world: World, places: Places): Promise<string> {
  const { headers } = await read(world, pathTo('/v2/orders/{orderId}', places));
  return String(headers['etag']);
}

function read(world: World, path: string): Promise<Answer> {
  return world.client.send({ method: 'get', path, headers: world.service });
}

/** What was created can be read where it is; what was deleted cannot any more. */
async function follow(world: World, { path, method, operation }: DocumentedOperation, answer: Answer, places: Places) {
  if (method === 'delete') {
    const gone = await read(world, pathTo(path, places));
    expectThat(gone.status === 404, `${path} is gone`, gone);
  }
  const below = Object.keys(interfaceDocument.paths).find(
    (other) => other.startsWith(`${path}/{`) && other.split('/').length === path.split('/').length + 1,
  );
  if (
    method !== 'post' ||
    !operation.operationId.startsWith('create') ||
    below === undefined ||
    path.endsWith('/tokens')
  )
    return;
  const { data } = answer.json as { data: { id: string; client_secret?: string } };
  const [, name = ''] = /\{(\w+)\}$/.exec(below) ?? [];
  const found = await read(world, pathTo(below, { ...places, [name]: data.id }));
  expectThat(found.status === 200, `${below} is there`, found);
  // A secret is shown once.
  const { client_secret: _, ...shown } = data;
  expect((found.json as { data: unknown }).data).toEqual(shown);
}
