import { Injectable } from '@nestjs/common';
import * as openid from 'openid-client';
import { Clock } from '../clock/clock.js';
import { SignInRefused } from '../errors/sign-in-refusal.js';
import { checkAuthorizationResponse } from './authorization-response.js';
import { CallFailed } from './call-failed.js';
import { checkIdToken } from './id-token-checks.js';
import { libraryRefusal, type Stage } from './library-refusals.js';
import { mergeClaims } from './merged-claims.js';
import type { OutboundRequest } from './outbound.js';
import type { ProviderMetadata } from './provider-metadata.js';
import type { Provider } from './providers.js';
import { checkSignedUserinfo, isSignedUserinfo } from './signed-userinfo.js';
import { readTokenAnswer } from './token-answer.js';

/** Slow answers may add up to this much; a single call has its own, shorter limit. */
const EXCHANGE_MS_MAX = 8_000;
const VISIBLE_ASCII = /^[\x20-\x7e]+$/;
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

type Claims = Readonly<Record<string, unknown>>;

/** Who a person is at a provider (OpenID Connect Core, section 5.7). */
export interface ProviderIdentity {
  readonly issuer: string;
  readonly subject: string;
}

/** Claims of a person who logged in, from the ID token and, where it lacks what is looked for, from the userinfo endpoint. */
export interface ProviderClaims extends ProviderIdentity {
  readonly claims: Claims;
  /** Why the claims are those of the ID token alone though the userinfo endpoint was asked; null: it told, or was not asked. */
  readonly userinfoFailure: SignInRefused | null;
}

/** From the provider's redirect to the ID token. */
interface Redemption {
  readonly client: ProviderClient;
  readonly secrets: SignInSecrets;
  /** Query of the browser's request, as it came. */
  readonly query: URLSearchParams;
  /** How long an ID token may live, in seconds; null: as long as the provider likes. */
  readonly idTokenLifetimeSecondsMax: number | null;
}

interface Exchange extends Redemption {
  /** Whether the userinfo endpoint is to be asked, by the claims of the ID token and by who it is. */
  readonly lacks: (claims: Claims, identity: ProviderIdentity) => boolean | Promise<boolean>;
}

/** What was proven of a person by the ID token. */
interface ProvenIdentity extends ProviderIdentity {
  readonly claims: Claims;
  readonly accessToken: string;
  /** When the ID token came, by the clock of the process. */
  readonly receivedAtMs: number;
}

/**
 * The Relying Party: openid-client does OAuth, with no request of its own making. What a provider says in tokens is checked here,
 * as the library refuses members that nobody needs and takes claims that nobody should.
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
   * From the provider's redirect to who the person is. What the userinfo endpoint would add is not worth the sign-in: whether it
   * can do without is for the caller to say.
   *
   * @throws SignInRefused named after the check that failed
   */
  async exchange(exchange: Exchange): Promise<ProviderClaims> {
    const { client, lacks } = exchange;
    const deadline = AbortSignal.timeout(EXCHANGE_MS_MAX);
    const metadata = await within(deadline, client.provider.metadata());
    checkAuthorizationResponse(exchange.query, metadata);
    const proven = await within(deadline, this.prove(exchange, metadata, deadline));
    const { issuer, subject, claims } = proven;
    const alone = { issuer, subject, claims, userinfoFailure: null };
    if (metadata.userinfoEndpoint === null || !(await lacks(claims, { issuer, subject }))) return alone;
    try {
      const asking = this.askUserinfo(client, metadata, proven, deadline);
      return { ...alone, claims: mergeClaims(claims, await within(deadline, asking)) };
    } catch (cause) {
      const failure = libraryRefusal(cause, 'userinfo');
      if (!(failure instanceof SignInRefused)) throw failure;
      // "If they do not match, the UserInfo Response values MUST NOT be used" (section 5.3.2); somebody has swapped tokens.
      // check: sign-in: userinfo of another subject, also where nothing of it is needed
      if (failure.reason === 'userinfo_subject_mismatch') throw failure;
      return { ...alone, userinfoFailure: failure };
    }
  }

  private async prove(
    { client, secrets, query, idTokenLifetimeSecondsMax }: Redemption,
    metadata: ProviderMetadata,
    deadline: AbortSignal,
  ): Promise<ProvenIdentity> {
    let stage: Stage = 'response';
    let idToken: unknown;
    const configuration = this.configuration(client, metadata, async (url, options) => {
      const response = await client.provider.calls.request(url, outboundRequest(options, deadline));
      stage = 'token';
      const answer = await readTokenAnswer(response);
      ({ idToken } = answer);
      return answer.rest;
    });
    let accessToken: string;
    try {
      const currentUrl = new URL(`${client.callbackUrl}?${query.toString()}`);
      const checks = { expectedState: secrets.state, pkceCodeVerifier: secrets.codeVerifier };
      ({ access_token: accessToken } = await openid.authorizationCodeGrant(configuration, currentUrl, checks));
    } catch (cause) {
      throw libraryRefusal(cause, stage);
    }
    if (typeof idToken !== 'string') throw new SignInRefused('token_response_invalid', { claim: 'id_token' });
    const receivedAtMs = this.clock.now().getTime();
    const { issuer, idTokenSigningAlgs: algs, jwksUri } = metadata;
    const { keyId, subject, claims } = checkIdToken(idToken, {
      issuer,
      clientId: client.clientId,
      nonce: secrets.nonce,
      algs,
      accessToken,
      nowSeconds: this.clock.nowSeconds(),
      lifetimeSecondsMax: idTokenLifetimeSecondsMax,
    });
    // check: sign-in: signature of the ID token
    await client.provider.keys.verify(jwksUri, { token: idToken, keyId, algs, receivedAtMs });
    return { issuer, subject, claims, accessToken, receivedAtMs };
  }

  private async askUserinfo(
    client: ProviderClient,
    metadata: ProviderMetadata,
    { accessToken, subject, receivedAtMs }: ProvenIdentity,
    deadline: AbortSignal,
  ): Promise<Claims> {
    // What cannot stand in a header is no bearer token (RFC 6749 appendix A.12).
    if (!VISIBLE_ASCII.test(accessToken)) throw new SignInRefused('userinfo_invalid', { claim: 'access_token' });
    const configuration = this.configuration(client, metadata, async (url, options) => {
      const response = await client.provider.userinfoCalls.request(url, outboundRequest(options, deadline));
      if (response.status !== 200) return response;
      const text = await response.text();
      if (!isSignedUserinfo(response)) return jsonAnswer(text);
      return jsonAnswer(await this.verifiedUserinfo(client, metadata, text.trim(), receivedAtMs));
    });
    return openid.fetchUserInfo(configuration, accessToken, subject);
  }

  /** @returns the claims, as JSON. @throws SignInRefused `userinfo_invalid`, `userinfo_signature_invalid`; CallFailed */
  private async verifiedUserinfo(
    client: ProviderClient,
    metadata: ProviderMetadata,
    token: string,
    receivedAtMs: number,
  ): Promise<string> {
    const { issuer, userinfoSigningAlgs: algs, jwksUri } = metadata;
    const expected = { issuer, clientId: client.clientId, algs, nowSeconds: this.clock.nowSeconds() };
    const { keyId, claimsText } = checkSignedUserinfo(token, expected);
    try {
      // check: sign-in: signature of userinfo
      await client.provider.keys.verify(jwksUri, { token, keyId, algs, receivedAtMs });
    } catch (cause) {
      if (cause instanceof CallFailed || !(cause instanceof SignInRefused)) throw cause;
      throw new SignInRefused('userinfo_signature_invalid', { cause });
    }
    return claimsText;
  }

  private configuration(
    client: ProviderClient,
    metadata: ProviderMetadata,
    call?: openid.CustomFetch,
  ): openid.Configuration {
    const authentication =
      metadata.tokenEndpointAuthMethod === 'client_secret_basic' ? openid.ClientSecretBasic : openid.ClientSecretPost;
    const configuration = new openid.Configuration(
      {
        issuer: metadata.issuer,
        authorization_endpoint: metadata.authorizationEndpoint,
        token_endpoint: metadata.tokenEndpoint,
        ...(metadata.userinfoEndpoint === null ? {} : { userinfo_endpoint: metadata.userinfoEndpoint }),
        authorization_response_iss_parameter_supported: metadata.responseIssuerPromised,
      },
      client.clientId,
      undefined,
      authentication(client.clientSecret),
    );
    if (call !== undefined) configuration[openid.customFetch] = call;
    // Whether http is allowed is decided for each call, in the one place that makes them.
    openid.allowInsecureRequests(configuration);
    return configuration;
  }
}

/** Ends with the work, or when the time is over; what is shared with other sign-ins goes on without this one. */
function within<Result>(deadline: AbortSignal, work: Promise<Result>): Promise<Result> {
  const timeOut = new Promise<never>((_, reject) => {
    const end = () => reject(new CallFailed('provider_timeout'));
    if (deadline.aborted) end();
    else deadline.addEventListener('abort', end, { once: true });
  });
  return Promise.race([work, timeOut]);
}

/** Without headers that say something else than the body. */
function jsonAnswer(body: string): Response {
  return new Response(body, { headers: { 'content-type': 'application/json' } });
}

function outboundRequest({ method, headers, body }: openid.CustomFetchOptions, signal: AbortSignal): OutboundRequest {
  // The library sends forms and nothing else.
  const form = body instanceof URLSearchParams ? { body: body.toString() } : {};
  return { method: method === 'POST' ? 'POST' : 'GET', headers, ...form, signal };
}
