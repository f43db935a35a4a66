import { createHash } from 'node:crypto';
import { REDIRECT_URI } from '../two-stores.js';
import { type Case, CURRENT, type Kind, OLDER } from './cases.js';
import type { Answer } from './client.js';
import type { DocumentedOperation } from './document.js';
import { formOf, type FormVariant } from './forms.js';
import { settledBody } from './good-bodies.js';
import { LEFT_OUT } from './queries.js';
import type { Places, World } from './world.js';

const NOBODY = '01890000-0000-7000-8000-000000000000';

/**
 * Sends the request that a case is about.
 *
 * @param places where a good one would go
 * @param tag of the order there, for a case with `If-Match`
 */
export async function requestOf(
  world: World,
  found: DocumentedOperation,
  made: Case,
  { places, tag }: { places: Places; tag: string },
): Promise<Answer> {
  const path = pathTo(found.path, { ...places, ...strangePlace(made, world) });
  const cookies: string[] = [];
  const query = await queryOf(world, found, made, cookies);
  const method = made.kind === 'wrong method' ? made.method : found.method;
  const body = method === 'get' ? null : await bodyOf(world, found, made);
  return world.client.send({
    method,
    path: query === '' ? path : `${path}?${query}`,
    headers: {
      ...(await credentialsOf(world, found, made, places)),
      ...body?.headers,
      ...(made.ifMatch === null ? {} : { 'if-match': ifMatchOf(made.ifMatch, tag) }),
      ...(cookies.length > 0 ? { cookie: cookies.join('; ') } : {}),
    },
    ...(body === null ? {} : { body: body.text }),
  });
}

export function pathTo(template: string, places: Places): string {
  return template.replaceAll(/\{(\w+)\}/g, (_, name: string) => places[name] ?? '');
}

/** What takes the place of a parameter: the id of nothing, no id, or the id of something else of the same kind. */
function strangePlace({ kind, place, stray }: Case, { elsewhere }: World): Places {
  switch (kind) {
    case 'unknown place':
      return { [place]: NOBODY };
    case 'malformed place':
      return { [place]: stray };
    case 'wrong place':
      return { [place]: elsewhere[place] ?? '' };
    default:
      return {};
  }
}

/** The text of the body and the headers that go with it; null: there is none. */
async function bodyOf(world: World, { operation }: DocumentedOperation, made: Case) {
  const { operationId, requestBody: { content = {} } = {} } = operation;
  if (made.body === undefined) return null;
  if ('application/x-www-form-urlencoded' in content) {
    const { fields, headers } = formOf(operationId, made.body as FormVariant, world);
    return {
      text: new URLSearchParams(fields).toString(),
      headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
    };
  }
  const body = made.kind === 'bad body' ? made.body : await settledBody(operationId, made.body, world);
  return { text: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
}

async function credentialsOf(world: World, { operation }: DocumentedOperation, made: Case, places: Places) {
  if (!operation.security.some((scheme) => 'accessToken' in scheme)) return {};
  switch (made.kind) {
    case 'no token':
      return {};
    case 'forged token':
      return world.forgery;
    case 'token without the right':
      return world.powerless();
    default:
      return world.headersFor(made.credentials, places);
  }
}

/** Tags are versions in quotes, which count up. */
function ifMatchOf(template: string, tag: string): string {
  return template.replaceAll(CURRENT, tag).replaceAll(OLDER, `"${BigInt(tag.slice(1, -1)) - 1n}"`);
}

/** Of the cases of a browser that comes back, those in which it does so with what it was sent away with. */
const RETURNS = new Set<Kind>(['good', 'unknown place', 'malformed place', 'wrong place']);

async function queryOf(world: World, found: DocumentedOperation, made: Case, cookies: string[]): Promise<string> {
  const { operationId } = found.operation;
  if (operationId === 'beginSignIn') return signInQuery(world, made);
  if (operationId === 'endSignIn' && RETURNS.has(made.kind)) return returnQuery(world, made, cookies);
  const pairs = Object.entries(made.query);
  return pairs.map(([name, value]) => `${name}=${encodeURIComponent(value).replaceAll('%2C', ',')}`).join('&');
}

function signInQuery({ profile }: World, { kind, query, stray }: Case): string {
  const parameters = {
    elasticpath_commerce_cloud_profile_id: profile.id,
    client_id: 'customers',
    redirect_uri: REDIRECT_URI,
    response_type: 'code',
    scope: 'openid email',
    state: stray,
    code_challenge: createHash('sha256').update(stray).digest('base64url'),
    code_challenge_method: 'S256',
  };
  if (kind === 'bad query') Reflect.deleteProperty(parameters, query[LEFT_OUT] ?? '');
  return new URLSearchParams(parameters).toString();
}

/** A browser that comes back from its provider, where the person declined. */
async function returnQuery(world: World, made: Case, cookies: string[]): Promise<string> {
  const { storeId = '', realmId = '' } = world.places;
  const begun = await world.client.send({
    method: 'get',
    path: `/oidc-idp/login/stores/${storeId}/authentication-realms/${realmId}?${signInQuery(world, made)}`,
  });
  const set = [begun.headers['set-cookie'] ?? []].flat();
  cookies.push(...set.map((cookie) => cookie.split(';', 1)[0] ?? ''));
  const state = new URL(String(begun.headers['location'])).searchParams.get('state') ?? '';
  return `error=access_denied&state=${encodeURIComponent(state)}`;
}
