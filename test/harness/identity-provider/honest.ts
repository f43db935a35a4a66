import { randomBytes } from 'node:crypto';
import { exportJWK, generateKeyPair } from 'jose';
import type { Configuration, JWK, Provider } from 'oidc-provider';
import { vi } from 'vitest';
import { interactionPages } from './honest-pages.js';
import { type CallKind, type IdentityProvider, noCalls } from './identity-provider.js';
import { startLoopbackServer } from './loopback-server.js';
import { MemoryStorage } from './memory-adapter.js';

export interface HonestProviderOptions {
  readonly clientId?: string;
  readonly clientSecret?: string;
  readonly redirectUris?: readonly string[];
  readonly tokenEndpointAuthMethod?: 'client_secret_basic' | 'client_secret_post';
  /** true: email and name only by userinfo, as the standard has it; false (default): also in the ID token. */
  readonly conformIdTokenClaims?: boolean;
  /** `page`: a form to be sent after the login; `auto` (default): no question. */
  readonly consent?: 'auto' | 'page';
  readonly signingAlg?: 'RS256' | 'ES256';
}

/** What a provider says of a person. Any JSON: providers in the wild send `"true"` for `true`. */
export type Claims = Readonly<Record<string, unknown>> & { readonly sub: string };

export interface HonestProvider extends IdentityProvider {
  /** A person who can log in from now on, by the `sub`. The same `sub` again: other claims. */
  person(claims: Claims): void;
  /** From now on it signs by a new key, and publishes no other. */
  rotateKeys(): Promise<void>;
}

const PATHS: Readonly<Record<string, CallKind>> = {
  '/.well-known/openid-configuration': 'discovery',
  '/jwks': 'jwks',
  '/auth': 'authorize',
  '/token': 'token',
  '/me': 'userinfo',
};

/**
 * A certified OpenID Provider on a loopback port, with one confidential client. People log in at `/interaction/:uid` by a form
 * with the field `login` (their `sub`); where consent is asked for, a second form without fields follows.
 */
export async function startHonestProvider(options: HonestProviderOptions = {}): Promise<HonestProvider> {
  const {
    clientId = 'gatehouse',
    clientSecret = randomBytes(32).toString('base64url'),
    tokenEndpointAuthMethod = 'client_secret_basic',
    consent = 'auto',
    signingAlg = 'RS256',
  } = options;
  const calls = noCalls();
  const people = new Map<string, Claims>();
  const storage = new MemoryStorage();
  const clients = storage.adapterOf('Client');
  // The package takes no client without a redirect URI.
  const redirectUris = [...(options.redirectUris ?? ['https://nobody.example.test/callback'])];
  const register = () =>
    clients.upsert(
      clientId,
      {
        client_id: clientId,
        client_secret: clientSecret,
        token_endpoint_auth_method: tokenEndpointAuthMethod,
        id_token_signed_response_alg: signingAlg,
        redirect_uris: [...redirectUris],
      },
      0,
    );

  const configuration: Configuration = {
    adapter: storage.adapterOf,
    claims: {
      openid: ['sub'],
      email: ['email', 'email_verified'],
      profile: ['name', 'given_name', 'family_name', 'middle_name'],
    },
    clientAuthMethods: [tokenEndpointAuthMethod],
    conformIdTokenClaims: options.conformIdTokenClaims ?? false,
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    enabledJWA: { idTokenSigningAlgValues: [signingAlg] },
    features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: false } },
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    pkce: { required: () => true },
    ttl: { AccessToken: 600, AuthorizationCode: 60, Grant: 3_600, IdToken: 600, Interaction: 600, Session: 3_600 },
    findAccount: (_ctx, sub) => {
      const claims = people.get(sub);
      return claims === undefined ? undefined : { accountId: sub, claims: () => ({ ...claims }) };
    },
    renderError: (ctx, out) => {
      ctx.type = 'text/plain';
      ctx.body = JSON.stringify(out);
    },
    ...(consent === 'page' ? {} : { loadExistingGrant: grantEverything }),
  };

  const server = await startLoopbackServer();
  const newKeys = async () => {
    const jwks = { keys: [await newSigningKey(signingAlg)] };
    const provider = await quietProvider(server.origin, { ...configuration, jwks });
    const pages = interactionPages(provider, people);
    const rest = provider.callback();
    server.listener = (request, response) => {
      const kind = PATHS[pathOf(request.url)];
      if (kind !== undefined) calls[kind] += 1;
      void (pages(request, response) ?? rest(request, response));
    };
  };
  await register();
  await newKeys();

  return {
    issuer: server.origin,
    discoveryUrl: `${server.origin}/.well-known/openid-configuration`,
    clientId,
    clientSecret,
    calls,
    allowRedirectTo: (uri) => {
      redirectUris.push(uri);
      void register();
    },
    person: (claims) => void people.set(claims.sub, claims),
    rotateKeys: newKeys,
    stop: () => server.stop(),
  };
}

function pathOf(url = '/'): string {
  return url.replace(/\?.*$/s, '');
}

const grantEverything: NonNullable<Configuration['loadExistingGrant']> = async (ctx) => {
  const { session, client, provider } = ctx.oidc;
  if (session?.accountId === undefined || client === undefined) return undefined;
  const grant = new provider.Grant({ accountId: session.accountId, clientId: client.clientId });
  grant.addOIDCScope('openid email profile');
  await grant.save();
  return grant;
};

async function newSigningKey(alg: 'RS256' | 'ES256'): Promise<JWK> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  const kid = randomBytes(8).toString('base64url');
  return { ...(await exportJWK(privateKey)), kid, alg, use: 'sig' };
}

/** The package tells at its import, on the console, that it prefers a newer Node.js than the oldest that this service runs on. */
async function quietProvider(issuer: string, configuration: Configuration): Promise<Provider> {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  try {
    const { Provider } = await import('oidc-provider');
    return new Provider(issuer, configuration);
  } finally {
    warn.mockRestore();
  }
}
