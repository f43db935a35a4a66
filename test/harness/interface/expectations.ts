import { expect } from 'vitest';
import type { DocumentedRoute } from '../../../src/openapi/documented-routes.js';
import type { Case } from './cases.js';
import type { Answer } from './client.js';
import { verdictOn } from './credentials.js';
import type { DocumentedOperation } from './document.js';
import type { World } from './world.js';

/** A client that is not proven is 401, and one that proves itself twice 400 (RFC 6749 section 5.2). */
const BAD_BODY: Readonly<Record<string, readonly number[]>> = {
  createAccessToken: [400, 401],
  introspectToken: [400, 401],
};

/** What an operation is, where it is declared and where it is written down, and the methods that its path takes. */
export interface Subject {
  readonly world: World;
  readonly found: DocumentedOperation;
  readonly route: DocumentedRoute;
  readonly taken: readonly string[];
}

/** What a check says is written only when it fails: to have the words ready for every answer would take longer than the check. */
export function expectThat(holds: boolean, words: string, answer: Answer): void {
  if (!holds) expect.fail(`${words}, not ${answer.status} ${answer.text}`);
}

/** Whether an answer is the one to a case of this kind. */
export function expectAnswer(subject: Subject, made: Case, answer: Answer): void {
  const { found, route, taken } = subject;
  const { status, headers } = answer;
  const { operationId } = found.operation;
  switch (made.kind) {
    case 'good':
      expectThat(status < 400, 'good data is accepted', answer);
      return;
    case 'bad body':
      expectThat((BAD_BODY[operationId] ?? [400, 422]).includes(status), 'bad data is refused', answer);
      return;
    case 'bad query':
      // A storefront is told of a fault of its request where it waits for the browser.
      expectThat(status === 400 || (status === 307 && operationId === 'beginSignIn'), 'a bad query is refused', answer);
      return;
    case 'unknown place':
    case 'malformed place':
    case 'wrong place':
      expectNothingThere(subject, made, answer);
      return;
    case 'other version':
      expectRefusal(answer, 412, 'precondition_failed');
      return;
    case 'no token':
    case 'forged token':
      expectRefusal(answer, 401, 'access_token_invalid');
      return;
    case 'token without the right':
      expectRefusal(answer, 403, 'forbidden');
      return;
    case 'credentials without the right':
    case 'forged customer token':
      expectRefusal(answer, 403, verdictOn(route, found.path, made.credentials));
      return;
    case 'customer token of another':
      expectNothingOfTheOwner(subject, made, answer);
      return;
    case 'wrong method': {
      expectRefusal(answer, 405, 'method_not_allowed');
      const allowed = String(headers['allow']).split(', ');
      expect(allowed.filter((name) => name !== 'HEAD')).toEqual(taken.map((name) => name.toUpperCase()));
    }
  }
}

function expectRefusal(answer: Answer, status: number, code: string): void {
  expectThat(answer.status === status, `it is refused with ${status}`, answer);
  const { errors } = answer.json as { errors: { code: string }[] };
  expectThat(errors[0]?.code === code, `it is refused as ${code}`, answer);
}

function expectNothingThere({ found: { path, operation }, route }: Subject, made: Case, answer: Answer): void {
  const { place, credentials } = made;
  // A customer does not learn which other customers there are.
  if (place === 'customerId' && route.looksAtCustomerToken && credentials.customerToken !== 'none') {
    expectRefusal(answer, 403, 'customer_forbidden');
    return;
  }
  // Browsers at a place that is none see a page, or an answer without a redirect.
  const status = path.startsWith('/oidc-idp/') && operation.operationId !== 'getRealmMetadata' ? 400 : 404;
  expectThat(answer.status === status, `nothing is there (${status})`, answer);
}

/** The other customer has nothing: a list of customers shows them alone, and every other list is empty. */
function expectNothingOfTheOwner({ world, found, route }: Subject, { credentials }: Case, answer: Answer): void {
  const { status, text } = answer;
  const verdict = verdictOn(route, found.path, credentials);
  if (verdict === 'customer_forbidden') expectRefusal(answer, 403, verdict);
  else if (verdict === 'not found') expectThat(status === 404, 'for another customer it is not there (404)', answer);
  else {
    expectThat(status === 200, 'another customer is answered (200)', answer);
    const { meta } = answer.json as { meta?: { results?: { total: number } } };
    const most = found.operation.operationId === 'listCustomers' ? 1 : 0;
    expectThat((meta?.results?.total ?? 0) <= most, 'another customer has nothing', answer);
  }
  const { id, email } = world.owner;
  expectThat(!text.includes(id) && !text.includes(email), 'another customer learns nothing of the owner', answer);
}
