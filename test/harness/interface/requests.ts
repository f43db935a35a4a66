import { createHash, randomBytes } from 'node:crypto';
import type { Response } from 'supertest';
import { REDIRECT_URI } from '../two-stores.js';
import { type Case, LEFT_OUT } from './cases.js';
import { formOf, type FormVariant } from './forms.js';
import type { DocumentedOperation } from './document.js';
import type { Places, World } from './world.js';

interface RequestParts {
  readonly made: Case;
  readonly body: unknown;
  readonly isForm: boolean;
  readonly places: Places;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly text: string;
}

/** Sends the request that a case is about. */
export async function requestOf(world: World, found: DocumentedOperation, parts: RequestParts): Promise<Answer> {
  const { made, body, isForm, places } = parts;
  const path = found.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => places[name] ?? '');
  const cookies: string[] = [];
  const query = await queryOf(world, found, made, cookies);
  const method = made.kind === 'wrong method' ? made.method : found.method;
  const sends = body !== undefined && method !== 'get';
  const form = isForm && sends ? formOf(found.operation.operationId, body as FormVariant, world) : null;
  const sent = world.app.http[method as 'get' | 'post' | 'put' | 'delete' | 'patch'](
    `${path}${query === '' ? '' : `?${query}`}`,
  )
    .redirects(0)
    .set({
      ...(await headersOf(world, found, made)),
      ...form?.headers,
      ...(cookies.length > 0 ? { cookie: cookies.join('; ') } : {}),
      ...(sends ? { 'content-type': isForm ? 'application/x-www-form-urlencoded' : 'application/json' } : {}),
    });
  const text = form === null ? JSON.stringify(body) : new URLSearchParams(form.fields).toString();
  return answerOf(await (sends ? sent.send(text) : sent));
}

function answerOf({ status, headers, body, text, type }: Response): Answer {
  return { status, headers, body: type === 'application/json' ? (body as unknown) : undefined, text };
}

async function headersOf(world: World, { operation }: DocumentedOperation, { kind }: Case) {
  if (!operation.security.some((scheme) => 'accessToken' in scheme)) return {};
  if (kind === 'no token') return {};
  if (kind === 'forged token') return { authorization: forged(world.service['authorization'] ?? '') };
  if (kind === 'token without the right') return world.powerless();
  return world.service;
}

/** The signature of another token than this one. */
function forged(authorization: string): string {
  const [head = '', payload = ''] = authorization.split('.');
  return [head, payload, randomBytes(64).toString('base64url')].join('.');
}

async function queryOf(world: World, found: DocumentedOperation, made: Case, cookies: string[]): Promise<string> {
  const { operationId } = found.operation;
  if (operationId === 'beginSignIn') return signInQuery(world, made);
  if (operationId === 'endSignIn' && made.kind === 'good') return returnQuery(world, made, cookies);
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
  const begun = await world.app.http
    .get(`/oidc-idp/login/stores/${storeId}/authentication-realms/${realmId}?${signInQuery(world, made)}`)
    .redirects(0)
    .expect(303);
  const set = (begun.headers['set-cookie'] ?? []) as unknown as string[];
  cookies.push(...[set].flat().map((cookie) => cookie.split(';', 1)[0] ?? ''));
  const state = new URL(begun.headers['location'] ?? '').searchParams.get('state') ?? '';
  return `error=access_denied&state=${encodeURIComponent(state)}`;
}
