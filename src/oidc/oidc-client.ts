import { Injectable } from '@nestjs/common';
import * as openid from 'openid-client';
import { Clock } from '../clock/clock.js';
import { SignInRefused } from '../errors/sign-in-refusal.js';
import { checkAuthorizationResponse } from './authorization-response.js';
import { CallFailed } from './call-failed.js';
import { checkIdToken, keyIdOf } from './id-token-checks.js';
import { libraryRefusal, type Stage } from './library-refusals.js';
import { mergeClaims } from './merged-claims.js';
import type { OutboundRequest } from './outbound.js';
import type { ProviderMetadata } from './provider-metadata.js';
import type { Provider } from './providers.js';

/** Slow answers may add up to this much; a single call has its own, shorter limit. */
const EXCHANGE_MS_MAX = 8_000;
const SCOPE = 'openid email profile';

/** Our registration at a provider. */
export interface ProviderClient {
  readonly provider: Provider;
  readonly clientId: string;
  readonly clientSecret: string;
  /** The `redirect_uri` that is registered there. */
  readonly callbackUrl: string;
}

/** What binds the two halves of a sign-in together; secret but for `state`. */
export interface SignInSecrets {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
}

/** Wishes of the storefront that are handed on (OpenID Connect Core, section 3.1.2.1). */
export type ForwardedParameters = Readonly<Partial<Record<'prompt' | 'display' | 'ui_locales' | 'login_hint', string>>>;

/** Claims of a person who logged in, from the ID token and, where it lacks what is needed, from the userinfo endpoint. */
export interface ProviderClaims {
  readonly issuer: string;
  readonly subject: string;
  readonly claims: Readonly<Record<string, unknown>>;
}

interface Exchange {
  readonly client: ProviderClient;
  readonly secrets: SignInSecrets;
  /** When the sign-in began, by the clock of the process, in seconds. */
  readonly startedAtSeconds: number;
  /** Query of the browser's request, as it came. */
  readonly query: URLSearchParams;
  /** Which claims of the ID token are missing, so that the userinfo endpoint is asked. */
  readonly lacks: (claims: Readonly<Record<string, unknown>>) => boolean;
}

/**
 * The Relying Party: openid-client does the protocol, with signatures always checked, no request of its own making, and the
 * checks that it leaves to its user made beside it.
 */
@Injectable()
export class OidcClient {
  constructor(private readonly clock: Clock) {}

  /** For `SignInSecrets`: 256 random bits each. */
  newSecrets(): SignInSecrets {
    return { state: openid.randomState(), nonce: openid.randomNonce(), codeVerifier: openid.randomPKCECodeVerifier() };
  }

  /** Where the browser goes to log in. @throws SignInRefused */
  async authorizationUrl(client: ProviderClient, secrets: SignInSecrets, forwarded: ForwardedParameters): Promise<URL> {
    const metadata = await client.provider.metadata();
    return openid.buildAuthorizationUrl(this.configuration(client, metadata), {
      ...forwarded,
      redirect_uri: client.callbackUrl,
      response_type: 'code',
      scope: SCOPE,
      state: secrets.state,
      nonce: secrets.nonce,
      code_challenge: await openid.calculatePKCECodeChallenge(secrets.codeVerifier),
      code_challenge_method: 'S256',
    });
  }

  /**
   * From the provider's redirect to who the person is.
   *
   * @throws SignInRefused named after the check that failed
   */
  exchange(exchange: Exchange): Promise<ProviderClaims> {
    const deadline = AbortSignal.timeout(EXCHANGE_MS_MAX);
    return Promise.race([this.run(exchange, deadline), timeOut(deadline)]);
  }

  private async run(exchange: Exchange, deadline: AbortSignal): Promise<ProviderClaims> {
    const { client, secrets, startedAtSeconds, query, lacks } = exchange;
    const metadata = await client.provider.metadata();
    checkAuthorizationResponse(query, metadata);
    const expected = {
      issuer: metadata.issuer,
      clientId: client.clientId,
      nonce: secrets.nonce,
      algs: metadata.idTokenSigningAlgs,
      startedAtSeconds,
    };
    const configuration = this.configuration(client, metadata);
    let stage: Stage = 'response';
    let idToken: { readonly keyId: string | undefined; readonly receivedAtMs: number } | null = null;

    /** The library's calls: two go out, and the keys come from what this process knows. */
    const call = async (url: string, options: openid.CustomFetchOptions): Promise<Response> => {
      if (url === metadata.jwksUri && stage === 'token') {
        stage = 'keys';
        const { keyId, receivedAtMs } = idToken ?? { keyId: undefined, receivedAtMs: this.clock.now().getTime() };
        const keys = await client.provider.keys.forToken(url, keyId, receivedAtMs);
        stage = 'signature';
        return Response.json({ keys });
      }
      const response = await client.provider.calls.request(url, outboundRequest(options, deadline));
      if (stage !== 'response') return response;
      stage = 'token';
      const answer = await readTokenAnswer(response);
      if (answer !== null) {
        const nowSeconds = this.clock.nowSeconds();
        idToken = { keyId: keyIdOf(answer.idToken), receivedAtMs: this.clock.now().getTime() };
        checkIdToken(answer.idToken, { ...expected, accessToken: answer.accessToken, nowSeconds });
      }
      return response;
    };
    configuration[openid.customFetch] = call;
    try {
      const currentUrl = new URL(`${client.callbackUrl}?${query.toString()}`);
      const tokens = await openid.authorizationCodeGrant(configuration, currentUrl, {
        expectedState: secrets.state,
        expectedNonce: secrets.nonce,
        pkceCodeVerifier: secrets.codeVerifier,
        idTokenExpected: true,
      });
      const claims = tokens.claims();
      if (claims === undefined) throw new SignInRefused('id_token_missing');
      const own = { issuer: claims.iss, subject: claims.sub };
      if (metadata.userinfoEndpoint === null || !lacks(claims)) return { ...own, claims };
      stage = 'userinfo';
      const userinfo = await openid.fetchUserInfo(configuration, tokens.access_token, claims.sub);
      return { ...own, claims: mergeClaims(claims, userinfo) };
    } catch (cause) {
      throw libraryRefusal(cause, stage);
    }
  }

  private configuration(client: ProviderClient, metadata: ProviderMetadata): openid.Configuration {
    const authentication =
      metadata.tokenEndpointAuthMethod === 'client_secret_basic' ? openid.ClientSecretBasic : openid.ClientSecretPost;
    const configuration = new openid.Configuration(
      {
        issuer: metadata.issuer,
        authorization_endpoint: metadata.authorizationEndpoint,
        token_endpoint: metadata.tokenEndpoint,
        jwks_uri: metadata.jwksUri,
        ...(metadata.userinfoEndpoint === null ? {} : { userinfo_endpoint: metadata.userinfoEndpoint }),
        id_token_signing_alg_values_supported: [...metadata.idTokenSigningAlgs],
        authorization_response_iss_parameter_supported: metadata.responseIssuerPromised,
      },
      client.clientId,
      // The library reads the machine's clock: it is told how far the service's own is from it.
      { [openid.clockSkew]: this.clock.nowSeconds() - Math.floor(Date.now() / 1_000) },
      authentication(client.clientSecret),
    );
    // Without it, the library takes an ID token from the token endpoint whatever its signature is.
    openid.enableNonRepudiationChecks(configuration);
    // Whether http is allowed is decided for each call, in the one place that makes them.
    openid.allowInsecureRequests(configuration);
    return configuration;
  }
}

/** Rejects when the time is over; what is shared with other sign-ins goes on without this one. */
function timeOut(deadline: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    deadline.addEventListener('abort', () => reject(new CallFailed('provider_timeout')), { once: true });
  });
}

function outboundRequest({ method, headers, body }: openid.CustomFetchOptions, signal: AbortSignal): OutboundRequest {
  // The library sends forms and nothing else.
  const form = body instanceof URLSearchParams ? { body: body.toString() } : {};
  return { method: method === 'POST' ? 'POST' : 'GET', headers, ...form, signal };
}

/**
 * Looks into the token answer before the library does. Null where it is an error or lacks what the library asks for itself.
 *
 * @throws CallFailed when it is not what a token endpoint answers at all
 */
async function readTokenAnswer(response: Response): Promise<{ idToken: string; accessToken: string } | null> {
  let answer: unknown;
  try {
    answer = await response.clone().json();
  } catch {
    throw new CallFailed(response.status === 200 ? 'provider_answer_malformed' : 'provider_status');
  }
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) {
    throw new CallFailed('provider_answer_malformed');
  }
  if (response.status !== 200) return null;
  const { id_token: idToken, access_token: accessToken, token_type: tokenType } = answer as Record<string, unknown>;
  // A token of a kind that we do not understand must not be used as a bearer token (RFC 6749 section 7.1).
  if (typeof tokenType === 'string' && tokenType.toLowerCase() !== 'bearer') {
    throw new SignInRefused('token_response_invalid', { claim: 'token_type' });
  }
  if (idToken === undefined) throw new SignInRefused('id_token_missing', { claim: 'id_token' });
  return typeof idToken === 'string' && typeof accessToken === 'string' ? { idToken, accessToken } : null;
}
