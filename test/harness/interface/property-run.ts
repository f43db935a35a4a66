import * as fc from 'fast-check';
import { expect } from 'vitest';
import { takeViolations } from './answers.js';
import { type Case, casesOf, type Kind } from './cases.js';
import { type DocumentedOperation, interfaceDocument, methodsAt } from './document.js';
import { settledBody } from './good-bodies.js';
import { type Answer, requestOf } from './requests.js';
import type { Places, World } from './world.js';

/** A client that is not proven is 401, and one that proves itself twice 400 (RFC 6749 section 5.2). */
const BAD_BODY: Readonly<Record<string, readonly number[]>> = {
  createAccessToken: [400, 401],
  introspectToken: [400, 401],
};

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
  if (method === 'delete') return world.fresh(lastPlace(operation) ?? '');
  if (operation.operationId === 'updateApplicationKey' || operation.operationId === 'rotateApplicationKey') {
    return world.fresh('keyId');
  }
  return {};
}

function lastPlace({ parameters = [] }: DocumentedOperation['operation']): string | undefined {
  return parameters.filter(({ in: place }) => place === 'path').at(-1)?.name;
}

async function send(world: World, found: DocumentedOperation, made: Case, places: Places): Promise<Answer> {
  const { operationId } = found.operation;
  const { content = {}, required = false } = found.operation.requestBody ?? {};
  const isForm = 'application/x-www-form-urlencoded' in content;
  const settles = required && !isForm && made.kind !== 'bad body';
  const body = settles ? await settledBody(operationId, made.body, world) : made.body;
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
      expect(status, `good data accepted: ${text}`).toBeLessThan(400);
      return;
    case 'bad body':
      expect(BAD_BODY[found.operation.operationId] ?? [400, 422], `bad data refused: ${text}`).toContain(status);
      return;
    case 'bad query':
      // A storefront is told of a fault of its request where it waits for the browser.
      expect([400, ...(found.operation.operationId === 'beginSignIn' ? [307] : [])], text).toContain(status);
      return;
    case 'unknown place':
    case 'malformed place':
      // Browsers at a place that is none see a page, or an answer without a redirect.
      expect(status, `nothing there: ${text}`).toBe(
        found.path.startsWith('/oidc-idp/') && found.operation.operationId !== 'getRealmMetadata' ? 400 : 404,
      );
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
  // A secret is shown once.
  const { client_secret: _, ...shown } = data as { id: string; client_secret?: string };
  expect((found.body as { data: unknown }).data).toEqual(shown);
}
