import { expect } from 'vitest';
import { expectError } from '../harness/error-answers.js';
import { REGISTERED_REDIRECT_URIS, type SentRedirectUri } from '../harness/hostile-redirect-uris.js';
import type { SignIn } from '../harness/identity-provider/sign-in.js';
import { type AuthorizationEndpoint, expectFault, expectUnsafe } from './authorization-endpoint.js';

const registered: readonly string[] = REGISTERED_REDIRECT_URIS;

/** Registers the redirect URIs that the hostile ones imitate, as an administrator does. */
export async function registerAll({ shop, realmId }: SignIn): Promise<void> {
  const answer = await shop.app.http
    .put(`/v2/authentication-realms/${realmId}`)
    .set(await shop.service())
    .send({ data: { redirect_uris: registered } });
  expect(answer.status).toBe(200);
  expect(answer.body).toMatchObject({ data: { redirect_uris: registered } });
}

/**
 * Asserts that a request with this redirect URI leads somewhere if and only if it is byte for byte a registered one.
 *
 * @param faulty whether another parameter is at fault, so that the answer goes to the redirect URI itself
 */
export async function expectByteEquality(
  endpoint: AuthorizationEndpoint,
  { uri, written }: SentRedirectUri,
  faulty: boolean,
): Promise<void> {
  const changes = { redirect_uri: null, ...(faulty ? { response_type: 'token' } : {}) };
  const answer = await endpoint.askExactly(`${endpoint.query(changes)}&redirect_uri=${written}`);
  if (!registered.includes(uri)) {
    if (uri.includes('\0')) expectError(answer, 'query_malformed');
    else expectUnsafe(answer, 'redirect_uri', uri.slice(0, 200));
    expect(answer.headers).not.toHaveProperty('location');
  } else if (faulty) {
    const error = `error=unsupported_response_type&error_description=${encodeURIComponent('response_type must be code')}`;
    expectFault(answer, `${uri}${uri.includes('?') ? '&' : '?'}${error}&state=a-state`);
  } else {
    expect(answer.status).toBe(303);
    const location = new URL(answer.headers.location ?? '');
    expect(location.pathname).toBe('/authorize');
    expect(location.searchParams.get('redirect_uri')).not.toBe(uri);
  }
}
