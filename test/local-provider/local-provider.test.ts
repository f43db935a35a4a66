import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { CookieJar } from 'tough-cookie';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLocalProvider, type LocalProvider } from '../../src/local-provider/local-provider.js';

const REDIRECT_URI = 'http://localhost:3999/oidc-idp/callback/here';
const VERIFIER = 'a-verifier-of-at-least-forty-three-characters';

/** A browser without scripts: keeps cookies, and goes where it is sent within the provider. */
class Browser {
  private readonly jar = new CookieJar();

  async get(url: string): Promise<Response> {
    return this.follow(url, await this.send(url, {}));
  }

  async submit(url: string, form: Record<string, string>): Promise<Response> {
    return this.follow(url, await this.send(url, { method: 'POST', body: new URLSearchParams(form) }));
  }

  private async follow(url: string, response: Response): Promise<Response> {
    const location = response.headers.get('location');
    if (location === null) return response;
    const next = new URL(location, url).href;
    return next.startsWith(REDIRECT_URI) ? response : this.follow(next, await this.send(next, {}));
  }

  private async send(url: string, options: RequestInit): Promise<Response> {
    const cookie = await this.jar.getCookieString(url);
    const response = await fetch(url, { ...options, headers: { cookie }, redirect: 'manual' });
    for (const text of response.headers.getSetCookie()) await this.jar.setCookie(text, url);
    return response;
  }
}

describe('the local OpenID Provider', () => {
  let provider: LocalProvider;

  beforeAll(async () => {
    provider = await startLocalProvider({ host: '127.0.0.1', ports: [0], issuer: null });
    provider.setRedirectUri(REDIRECT_URI);
  });

  afterAll(() => provider.close());

  function loginUrl(more: Record<string, string> = {}): string {
    const url = new URL('/auth', provider.issuer);
    url.search = new URLSearchParams({
      client_id: provider.clientId,
      redirect_uri: REDIRECT_URI,
      response_type: 'code',
      scope: 'openid email profile',
      state: 'the-state',
      nonce: 'the-nonce',
      code_challenge: createHash('sha256').update(VERIFIER).digest('base64url'),
      code_challenge_method: 'S256',
      ...more,
    }).toString();
    return url.href;
  }

  function callback(response: Response): Record<string, string> {
    const url = new URL(response.headers.get('location') ?? '');
    expect(url.href.split('?')[0]).toBe(REDIRECT_URI);
    return Object.fromEntries(url.searchParams);
  }

  async function redeem(code: string | undefined): Promise<Response> {
    const credentials = Buffer.from(`${provider.clientId}:${provider.clientSecret}`).toString('base64');
    return fetch(new URL('/token', provider.issuer), {
      method: 'POST',
      headers: { authorization: `Basic ${credentials}` },
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        code: String(code),
        redirect_uri: REDIRECT_URI,
        code_verifier: VERIFIER,
      }),
    });
  }

  async function whoIs(code: string | undefined): Promise<unknown> {
    const { access_token } = Object(await (await redeem(code)).json());
    const answer = await fetch(new URL('/me', provider.issuer), {
      headers: { authorization: `Bearer ${access_token}` },
    });
    return answer.json();
  }

  async function signedIn(browser: Browser, person: string, more: Record<string, string> = {}): Promise<Response> {
    const page = await browser.get(loginUrl(more));
    return browser.submit(page.url, { person });
  }

  it('describes itself under localhost with endpoints of its own', async () => {
    const metadata = await (await fetch(provider.discoveryUrl)).json();

    expect(provider.issuer).toMatch(/^http:\/\/localhost:\d+$/);
    expect(metadata).toMatchObject({
      issuer: provider.issuer,
      authorization_endpoint: `${provider.issuer}/auth`,
      token_endpoint: `${provider.issuer}/token`,
      userinfo_endpoint: `${provider.issuer}/me`,
      jwks_uri: `${provider.issuer}/jwks`,
      authorization_response_iss_parameter_supported: true,
    });
  });

  it.each([
    ['ada', 'Ada'],
    ['grace', 'Grace'],
  ])('when %s is chosen, answers a code for an ID token and claims of hers', async (id, name) => {
    const { code, ...others } = callback(await signedIn(new Browser(), id));
    expect(others).toEqual({ state: 'the-state', iss: provider.issuer });

    const { id_token, access_token } = Object(await (await redeem(code)).json());
    const keys = createLocalJWKSet((await (await fetch(new URL('/jwks', provider.issuer))).json()) as JSONWebKeySet);
    const { payload } = await jwtVerify(id_token, keys, { issuer: provider.issuer, audience: provider.clientId });
    expect(payload).toMatchObject({ sub: id, nonce: 'the-nonce' });
    const userinfo = await fetch(new URL('/me', provider.issuer), {
      headers: { authorization: `Bearer ${access_token}` },
    });
    expect(await userinfo.json()).toEqual({
      sub: id,
      email: `${id}@example.com`,
      email_verified: true,
      name: `${name} Local`,
      given_name: name,
      family_name: 'Local',
    });
    expect((await redeem(code)).status).toBe(400);
  });

  it('shows a page that needs no script and lets nothing else in', async () => {
    const page = await new Browser().get(loginUrl());
    const html = await page.text();

    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'; frame-ancestors 'none'$/,
    );
    const [, style = ''] = /<style>([^]*?)<\/style>/.exec(html) ?? [];
    const hash = createHash('sha256').update(style).digest('base64');
    expect(page.headers.get('content-security-policy')).toContain(`'sha256-${hash}'`);
    expect(html).not.toMatch(/<script|https?:/);
    expect([...html.matchAll(/name="person" value="(\w*)"/g)].map(([, value]) => value)).toEqual(['ada', 'grace', '']);
    expect(html).toContain(`action="${new URL(page.url).pathname}"`);
  });

  it('knows the browser again without a page, and lets another person in when asked to log in anew', async () => {
    const browser = new Browser();
    callback(await signedIn(browser, 'ada'));

    expect(await whoIs(callback(await browser.get(loginUrl()))['code'])).toMatchObject({ sub: 'ada' });
    const second = callback(await signedIn(browser, 'grace', { prompt: 'login' }));
    expect(await whoIs(second['code'])).toMatchObject({ sub: 'grace' });
    expect(await whoIs(callback(await browser.get(loginUrl()))['code'])).toMatchObject({ sub: 'grace' });
  });

  it('when the sign-in is cancelled, says access_denied', async () => {
    expect(callback(await signedIn(new Browser(), ''))).toEqual({
      error: 'access_denied',
      error_description: 'The sign-in was cancelled.',
      state: 'the-state',
      iss: provider.issuer,
    });
  });

  it('with prompt=none and nobody signed in, says login_required', async () => {
    expect(callback(await new Browser().get(loginUrl({ prompt: 'none' })))).toMatchObject({ error: 'login_required' });
  });

  it.each([
    [
      'somebody unknown is chosen',
      async (page: Response, browser: Browser) => browser.submit(page.url, { person: 'eve' }),
    ],
    [
      'the form is longer than a form of ours',
      async (page: Response, browser: Browser) => browser.submit(page.url, { person: 'a'.repeat(2_000) }),
    ],
    ['the page is opened in another browser', async (page: Response) => new Browser().get(page.url)],
  ])('when %s, answers 400 and signs nobody in', async (_, act) => {
    const browser = new Browser();
    const answer = await act(await browser.get(loginUrl()), browser);

    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
  });

  it('sends nobody to an address that was not registered', async () => {
    const answer = await new Browser().get(loginUrl({ redirect_uri: `${REDIRECT_URI}/elsewhere` }));

    expect(answer.status).toBe(400);
    expect(answer.headers.get('location')).toBe(null);
    expect(answer.headers.get('content-security-policy')).toMatch(/^default-src 'none'; /);
  });

  it('takes the next port when one is taken, and says so when none is left', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = Object(other.address());
    const second = await startLocalProvider({ host: '127.0.0.1', ports: [port, 0], issuer: null });

    expect(new URL(second.issuer).port).not.toBe(String(port));
    await expect(startLocalProvider({ host: '127.0.0.1', ports: [port], issuer: null })).rejects.toThrow(
      /^The local OpenID Provider cannot listen on 127\.0\.0\.1: .*EADDRINUSE/,
    );
    await second.close();
    other.close();
  });
});
