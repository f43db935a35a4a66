import * as fc from 'fast-check';
import { expect } from 'vitest';
import { takeViolations } from './answers.js';
import { type Case, casesOf, type Kind } from './cases.js';
import { type DocumentedOperation, interfaceDocument, methodsAt } from './document.js';
import { settledBody, settledForm } from './good-bodies.js';
import { type Answer, requestOf } from './requests.js';
import type { Places, World } from './world.js';

/** A good request may meet something that is stored; it is never told that it is wrong. */
const MET_SOMETHING = new Set([404, 409, 412]);

/** How often each status came. */
export type Tally = Map<number, number>;

/**
 * Sends many requests to one operation, good ones and ones that are bad in one way, and checks of each answer:
 *
 * 1. no failure of the service; 2. a documented status; 3. media type, 4. headers and 5. body as documented (`answers.ts` does
 * these for every test); 6. bad data refused; 7. good data accepted; 8. nothing without an access token; 9. no forged one taken;
 * 10. nothing for a token without the right; 11. other methods refused with `Allow`; 12. unknown and malformed places not found;
 * 13. what was created is there; 14. what was deleted is gone.
 */
export async function runOperation(
  world: World,
  found: DocumentedOperation,
  parameters: fc.Parameters<[Case]>,
): Promise<Tally> {
  const tally: Tally = new Map();
  const taken = methodsAt(found.path);
  await fc.assert(
    fc.asyncProperty(casesOf(found, taken), async (made) => {
      const places = { ...world.places, ...(await placesFor(world, found, made.kind)) };
      const answer = await send(world, found, made, places);
      tally.set(answer.status, (tally.get(answer.status) ?? 0) + 1);
      expect(takeViolations(), 'answers as documented').toEqual([]);
      expect(answer.status, answer.text).toBeLessThan(500);
      check(found, made, answer, taken);
      if (made.kind === 'good' && answer.status < 400) await follow(world, found, answer, places);
    }),
    parameters,
  );
  return tally;
}

/** What a deletion takes away, or a change may lock out, is made for it alone. */
async function placesFor(world: World, { method, operation }: DocumentedOperation, kind: Kind): Promise<Places> {
  if (kind !== 'good') return {};
  if (operation.operationId === 'deleteAddress' || method === 'delete') return world.fresh(lastPlace(operation) ?? '');
  if (operation.operationId === 'updateApplicationKey' || operation.operationId === 'rotateApplicationKey') {
    return world.fresh('keyId');
  }
  if (operation.operationId === 'createAddress') return world.fresh('customerId');
  if (operation.operationId === 'createUserAuthenticationOidcProfileInfo') return world.fresh('userId');
  return {};
}

function lastPlace({ parameters = [] }: DocumentedOperation['operation']): string | undefined {
  return parameters.filter(({ in: place }) => place === 'path').at(-1)?.name;
}

async function send(world: World, found: DocumentedOperation, made: Case, places: Places): Promise<Answer> {
  const { operationId } = found.operation;
  const isForm = found.operation.requestBody?.content['application/json'] === undefined;
  const good = made.kind !== 'bad body' && found.operation.requestBody !== undefined;
  const body = !good
    ? made.body
    : isForm
      ? settledForm(operationId, world)
      : await settledBody(operationId, made.body, world);
  const last = lastPlace(found.operation);
  const strange: Places =
    last === undefined
      ? {}
      : made.kind === 'unknown place'
        ? { [last]: '01890000-0000-7000-8000-000000000000' }
        : made.kind === 'malformed place'
          ? { [last]: made.stray }
          : {};
  return requestOf(world, found, { made, body, isForm, places: { ...places, ...strange } });
}

function check(found: DocumentedOperation, made: Case, answer: Answer, taken: readonly string[]): void {
  const { status, text, headers } = answer;
  switch (made.kind) {
    case 'good':
      expect(status < 400 || MET_SOMETHING.has(status), `good data accepted: ${status} ${text}`).toBe(true);
      return;
    case 'bad body':
    case 'bad query':
      expect([400, 404, 422], `bad data refused: ${status} ${text}`).toContain(status);
      return;
    case 'unknown place':
    case 'malformed place':
      expect([303, 400, 404, 422], `nothing there: ${text}`).toContain(status);
      if (found.path.startsWith('/v2/')) expect([404, 422], text).toContain(status);
      return;
    case 'no token':
    case 'forged token':
      expect(status, text).toBe(401);
      return;
    case 'token without the right':
      expect(status, text).toBe(403);
      return;
    case 'wrong method':
      expect(status, text).toBe(405);
      expect((headers['allow'] ?? '').split(', ').filter((name) => name !== 'HEAD')).toEqual(
        taken.map((name) => name.toUpperCase()),
      );
  }
}

/** What was created can be read where it is; what was deleted cannot any more. */
async function follow(world: World, { path, method, operation }: DocumentedOperation, answer: Answer, places: Places) {
  const read = async (template: string, more: Places = {}) => {
    const url = template.replaceAll(/\{(\w+)\}/g, (_, name: string) => ({ ...places, ...more })[name] ?? '');
    return world.app.http.get(url).set(world.service);
  };
  if (method === 'delete') expect((await read(path)).status, `${path} is gone`).toBe(404);
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
  const { data } = answer.body as { data: { id: string } };
  const [, name = ''] = /\{(\w+)\}$/.exec(below) ?? [];
  const found = await read(below, { [name]: data.id });
  expect(found.status, `${below} is there`).toBe(200);
  expect((found.body as { data: { id: string } }).data.id).toBe(data.id);
}
