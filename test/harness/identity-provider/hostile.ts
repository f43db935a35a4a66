import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { putTogether, signedBy } from '../forged-tokens.js';
import type { Answer, Deviation, HostileSetting, NamedKey, Reply, World } from './deviation.js';
import { type CallKind, type IdentityProvider, noCalls } from './identity-provider.js';
import { type LoopbackServer, startLoopbackServer } from './loopback-server.js';
import { ellipticKey, rsaKey } from './signing-keys.js';

/** What the provider remembers of an authorization request. */
interface Granted {
  readonly redirectUri: string;
  readonly nonce: string;
  readonly codeChallenge: string;
}

const PATHS: Readonly<Record<string, CallKind>> = {
  '/.well-known/openid-configuration': 'discovery',
  '/jwks': 'jwks',
  '/authorize': 'authorize',
  '/token': 'token',
  '/userinfo': 'userinfo',
};

/** The service's clock: a test that moves it moves the provider, too. */
interface ProviderClock {
  now(): Date;
  advanceSeconds(seconds: number): void;
}

const DEFAULT_SETTING: HostileSetting = { alg: 'RS256', claimsIn: 'userinfo', metadata: {} };

/**
 * An OpenID Provider on loopback that logs in whoever comes, as `person`, and that keeps to the standards and insists on the
 * client's keeping to them, except where `lie` says otherwise.
 */
export class HostileProvider implements IdentityProvider {
  readonly clientId = 'gatehouse';
  readonly clientSecret = randomBytes(32).toString('base64url');
  readonly calls = noCalls();
  readonly key: NamedKey;
  lie: Deviation = {};
  /** What is told of whoever logs in. */
  person: Readonly<Record<string, unknown>> & { readonly sub: string } = { sub: 'nobody' };
  private readonly redirectUris = new Set<string>();
  private readonly granted = new Map<string, Granted>();
  private readonly accessTokens = new Set<string>();
  private readonly nonces: string[] = [];

  private constructor(
    private readonly server: LoopbackServer,
    private readonly clock: ProviderClock,
    private readonly setting: HostileSetting,
  ) {
    this.key = setting.alg === 'RS256' ? rsaKey('key-1') : ellipticKey('key-1');
    server.listener = (request, response) => void this.serve(request, response);
  }

  static async start(clock: ProviderClock, setting: Partial<HostileSetting> = {}): Promise<HostileProvider> {
    return new HostileProvider(await startLoopbackServer(), clock, { ...DEFAULT_SETTING, ...setting });
  }

  get issuer(): string {
    return this.server.origin;
  }

  get discoveryUrl(): string {
    return `${this.issuer}/.well-known/openid-configuration`;
  }

  allowRedirectTo(uri: string): void {
    this.redirectUris.add(uri);
  }

  stop(): Promise<void> {
    return this.server.stop();
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const reply = await this.answer(request).catch((error: unknown) => ({
      status: 500,
      headers: { 'content-type': 'text/plain' },
      body: String(error),
    }));
    if (reply === 'reset') request.socket.destroy();
    else if (reply !== 'silence') response.writeHead(reply.status, reply.headers).end(reply.body);
  }

  private async answer(request: IncomingMessage): Promise<Reply> {
    const url = new URL(request.url ?? '/', this.issuer);
    const kind = PATHS[url.pathname];
    if (kind === undefined) return json({ error: 'not_found' }, 404);
    this.calls[kind] += 1;
    const { discovery, jwks, userinfo } = this.lie;
    const world = this.world('');
    if (kind === 'discovery') return (discovery ?? same)(json(this.metadata()), world);
    if (kind === 'jwks') return (jwks ?? same)(json({ keys: [this.key.publicJwk] }), world);
    if (kind === 'authorize') return this.authorize(url.searchParams, world);
    if (kind === 'token') return this.token(request, new URLSearchParams(await text(request)));
    return (userinfo ?? same)(this.userinfo(request), world);
  }

  private world(accessToken: string): World {
    const { issuer, clientId, clientSecret, key } = this;
    const now = Math.floor(this.clock.now().getTime() / 1000);
    return { issuer, clientId, clientSecret, key, now, accessToken, earlierNonces: this.nonces.toReversed().slice(1) };
  }

  private metadata(): Record<string, unknown> {
    const { issuer } = this;
    return {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      userinfo_endpoint: `${issuer}/userinfo`,
      jwks_uri: `${issuer}/jwks`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      scopes_supported: ['openid', 'email', 'profile'],
      id_token_signing_alg_values_supported: [this.setting.alg],
      token_endpoint_auth_methods_supported: ['client_secret_basic'],
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
      ...this.setting.metadata,
    };
  }

  private authorize(asked: URLSearchParams, world: World): Answer {
    const redirectUri = asked.get('redirect_uri') ?? '';
    const [nonce, codeChallenge, state] = [asked.get('nonce'), asked.get('code_challenge'), asked.get('state')];
    if (!this.redirectUris.has(redirectUri)) return json({ error: 'redirect_uri' }, 400);
    if (asked.get('client_id') !== this.clientId) return json({ error: 'client_id' }, 400);
    if (asked.get('response_type') !== 'code') return json({ error: 'response_type' }, 400);
    if (asked.get('scope') !== 'openid email profile') return json({ error: 'scope' }, 400);
    if (asked.get('code_challenge_method') !== 'S256') return json({ error: 'code_challenge_method' }, 400);
    if (nonce === null || codeChallenge === null || state === null) return json({ error: 'parameter' }, 400);
    const random = randomBytes(32).toString('base64url');
    const code = this.lie.code?.(random) ?? random;
    this.granted.set(code, { redirectUri, nonce, codeChallenge });
    this.nonces.push(nonce);
    this.clock.advanceSeconds(this.lie.loginSeconds ?? 0);
    const back = new URL(redirectUri);
    for (const [name, value] of Object.entries({ code, state, iss: this.issuer })) back.searchParams.set(name, value);
    const location = this.lie.redirect?.(back, world) ?? back;
    return { status: 302, headers: { location: location.href }, body: '' };
  }

  private token(request: IncomingMessage, form: URLSearchParams): Reply {
    const [name, secret] = basicCredentials(request.headers.authorization ?? '');
    if (name !== this.clientId || secret !== this.clientSecret) return json({ error: 'invalid_client' }, 401);
    const code = form.get('code') ?? '';
    const granted = this.granted.get(code);
    this.granted.delete(code);
    const right =
      granted !== undefined &&
      form.get('grant_type') === 'authorization_code' &&
      form.get('redirect_uri') === granted.redirectUri &&
      s256(form.get('code_verifier') ?? '') === granted.codeChallenge;
    if (!right) return json({ error: 'invalid_grant' }, 400);
    const accessToken = randomBytes(32).toString('base64url');
    this.accessTokens.add(accessToken);
    const world = this.world(accessToken);
    const body = {
      access_token: accessToken,
      token_type: 'Bearer',
      expires_in: 600,
      id_token: this.idToken(granted.nonce, world),
    };
    return (this.lie.token ?? same)(json(body), world);
  }

  private idToken(nonce: string, world: World): unknown {
    const { issuer, clientId, now, accessToken, key } = world;
    const { claimsIn } = this.setting;
    const payload = {
      ...(claimsIn === 'id_token' ? this.person : { sub: this.person.sub }),
      iss: issuer,
      aud: clientId,
      exp: now + 600,
      iat: now,
      nonce,
      at_hash: createHash('sha256').update(accessToken).digest().subarray(0, 16).toString('base64url'),
    };
    const honest = { header: { alg: key.alg, kid: key.kid }, payload, signer: signedBy(key.privateKey) };
    const { header, payload: told, signer } = this.lie.idToken?.(honest, world) ?? honest;
    const token = putTogether(header, told, signer);
    return this.lie.compact === undefined ? token : this.lie.compact(token, world);
  }

  private userinfo(request: IncomingMessage): Answer {
    const [scheme, token = ''] = (request.headers.authorization ?? '').split(' ');
    if (scheme !== 'Bearer' || !this.accessTokens.has(token)) return json({ error: 'invalid_token' }, 401);
    return json(this.person);
  }
}

/** Both halves are form-encoded before they are joined (RFC 6749 section 2.3.1). */
function basicCredentials(header: string): string[] {
  const [scheme, credentials = ''] = header.split(' ');
  if (scheme !== 'Basic') return [];
  const halves = Buffer.from(credentials, 'base64').toString().split(':');
  return halves.map((half) => decodeURIComponent(half.replaceAll('+', ' ')));
}

function same(honest: Answer): Answer {
  return honest;
}

function json(body: unknown, status = 200): Answer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

function s256(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url');
}
