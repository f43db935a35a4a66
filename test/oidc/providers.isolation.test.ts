import { randomUUID } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../harness/app.js';
import { Browser } from '../harness/browser.js';
import { HostileProvider } from '../harness/identity-provider/hostile.js';
import { givenSignIn, type SignIn, type SignInResult } from '../harness/identity-provider/sign-in.js';
import { LoopbackServers } from '../harness/loopback-servers.js';
import { givenShop, type Shop, uniqueEmail } from '../harness/shop.js';
import { eventually } from '../harness/patience.js';

/** Names of the discovery document's endpoints that the service calls, and where the provider has them. */
const PATHS = { token_endpoint: '/token', jwks_uri: '/jwks', userinfo_endpoint: '/userinfo' };

/** Asks another server, and gives its answer. */
async function handOn(origin: string, ...[request, response]: Parameters<RequestListener>): Promise<void> {
  const { method = 'GET', url = '/' } = request;
  const { authorization, 'content-type': type } = request.headers;
  const headers = new Headers();
  if (authorization !== undefined) headers.set('authorization', authorization);
  if (type !== undefined) headers.set('content-type', type);
  const body = method === 'POST' ? await text(request) : null;
  const answer = await fetch(`${origin}${url}`, { method, headers, body });
  response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
}

describe('a provider that is slow or dead', () => {
  let app: TestApp;
  let shop: Shop;
  const servers = new LoopbackServers();
  const providers: HostileProvider[] = [];

  beforeAll(async () => {
    app = await startApp();
    shop = await givenShop(app);
  });
  afterEach(async () => {
    servers.endAll();
    await Promise.all(providers.splice(0).map((provider) => provider.stop()));
  });
  afterAll(() => app.close());

  async function givenProvider(metadata: Readonly<Record<string, unknown>> = {}): Promise<HostileProvider> {
    const provider = await HostileProvider.start(app.clock, { alg: 'ES256', metadata });
    provider.person = { sub: randomUUID(), email: uniqueEmail(), email_verified: true, name: 'Ada Example' };
    providers.push(provider);
    return provider;
  }

  /** A provider whose endpoints of these names are somewhere else. */
  async function givenEndpointsAt(origin: string, names: readonly (keyof typeof PATHS)[]): Promise<SignIn> {
    const metadata = Object.fromEntries(names.map((name) => [name, `${origin}${PATHS[name]}`]));
    return givenSignIn(shop, await givenProvider(metadata));
  }

  /** A provider whose endpoints answer rightly, each after this time. */
  async function givenSlowSignIn(delayMs: number): Promise<SignIn> {
    let real = '';
    const front = await servers.http((request, response) => {
      // Whoever asked has gone away at the end of its time, and the provider with the test.
      setTimeout(() => void handOn(real, request, response).catch(() => response.destroy()), delayMs);
    });
    const signIn = await givenEndpointsAt(front, ['token_endpoint', 'jwks_uri', 'userinfo_endpoint']);
    real = providers.at(-1)?.issuer ?? '';
    return signIn;
  }

  const attempt = (signIn: SignIn) => signIn.through(new Browser(app));

  /** Somebody who has logged in at the provider, and comes back when called. */
  async function atTheProvider(signIn: SignIn): Promise<() => Promise<SignInResult>> {
    const [browser, begun] = [new Browser(app), signIn.begin()];
    const hops = await browser.follow(begun.url, (url) => url.startsWith(signIn.callbackEndpoint));
    const callback = hops.at(-1)?.location ?? '';
    return async () => signIn.ended(begun, [await browser.get(callback)]);
  }

  function expectCode(result: SignInResult): void {
    expect(result.parameters).toEqual({ code: expect.stringMatching(/^[\w-]{43}$/) as unknown, state: result.state });
  }

  async function expectUnavailable(result: SignInResult, reason: string): Promise<void> {
    expect(result.parameters).toEqual({
      error: 'temporarily_unavailable',
      error_description: 'provider_unavailable',
      state: result.state,
    });
    expect(await app.log.ofRequest(result.requestId)).toMatchObject({ reason, events: ['sign_in_refused'] });
  }

  it('holds up neither sign-ins at another provider nor logins by password', async () => {
    const asked: string[] = [];
    const silent = await servers.http(({ url }) => asked.push(url ?? ''));
    const dead = await givenEndpointsAt(silent, ['token_endpoint']);
    const ann = await shop.customer();
    let ended = 0;
    const lively = await atTheProvider(await givenSignIn(shop, await givenProvider()));
    const returns = await Promise.all(Array.from({ length: 20 }, () => atTheProvider(dead)));
    const hanging = returns.map((comeBack) =>
      comeBack().finally(() => {
        ended += 1;
      }),
    );
    await eventually(() => expect(asked).toHaveLength(20));

    const [result, login] = await Promise.all([lively(), shop.login(ann)]);
    expectCode(result);
    expect(login).toMatchObject({ customer_id: ann.id });
    expect(ended).toBe(0);

    for (const late of await Promise.all(hanging)) await expectUnavailable(late, 'provider_timeout');
    expect(asked).toEqual(asked.map(() => '/token'));
    expect(asked).toHaveLength(20);
  });

  it('ends a sign-in by `temporarily_unavailable`, whichever of its endpoints hangs', async () => {
    const silent = await servers.http(() => {});
    const names = ['token_endpoint', 'jwks_uri', 'userinfo_endpoint'] as const;
    const signIns = [];
    for (const name of names) signIns.push(await givenEndpointsAt(silent, [name]));
    const results = await Promise.all(signIns.map(attempt));
    for (const result of results) await expectUnavailable(result, 'provider_timeout');
  });

  it('lets people in where each of its answers takes its time, but not for longer than eight seconds in all', async () => {
    const slow = await givenSlowSignIn(500);
    const tooSlow = await givenSlowSignIn(2_800);
    const [late, never] = await Promise.all([attempt(slow), attempt(tooSlow)]);
    expectCode(late);
    await expectUnavailable(never, 'provider_timeout');
  });
});
