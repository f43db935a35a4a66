import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { SERVICE_CONFIG, type ServiceConfig } from '../config/config.js';
import { AppError } from '../errors/app-error.js';
import { SignInRefused } from '../errors/sign-in-refusal.js';
import { CallFailed } from './call-failed.js';
import { isSafeUrlText, Outbound } from './outbound.js';
import type { ProviderMetadata } from './provider-metadata.js';

/** OpenID Connect Discovery, section 4: the document of an issuer lies there and nowhere else. */
const WELL_KNOWN = '/.well-known/openid-configuration';
const ISSUER_LENGTH_MAX = 1_024;

/** What an ID token may be signed with: public keys only, so that whoever can verify cannot sign (RFC 8725 section 3.2). */
const SIGNING_ALGS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

const text = z.string().min(1).max(2_048);
const texts = z.array(z.string()).max(1_000);

const DiscoveryDocument = z.object({
  issuer: text.max(ISSUER_LENGTH_MAX).regex(/^[\x21-\x7e]+$/),
  authorization_endpoint: text,
  token_endpoint: text,
  userinfo_endpoint: text.nullish(),
  jwks_uri: text,
  response_types_supported: texts.nullish(),
  id_token_signing_alg_values_supported: texts.nullish(),
  userinfo_signing_alg_values_supported: texts.nullish(),
  token_endpoint_auth_methods_supported: texts.nullish(),
  authorization_response_iss_parameter_supported: z.unknown().optional(),
});
type DiscoveryDocument = z.output<typeof DiscoveryDocument>;

/** What is wrong with a document that could be read, in words for the administrator. */
class DocumentInconsistent extends SignInRefused {
  constructor(readonly fault: string) {
    super('discovery_inconsistent');
  }
}

/** Reads discovery documents (OpenID Connect Discovery, section 4). */
@Injectable()
export class ProviderDiscovery {
  constructor(
    @Inject(SERVICE_CONFIG) private readonly config: ServiceConfig,
    private readonly outbound: Outbound,
  ) {}

  /**
   * For an administrator who writes a profile. That an address is private is not told apart from one that does not answer, or the
   * service would tell what is reachable from where it runs.
   *
   * @throws AppError `discovery_failed`
   */
  async read(discoveryUrl: string): Promise<ProviderMetadata> {
    try {
      const metadata = await this.fetch(discoveryUrl);
      const endpoints = [metadata.tokenEndpoint, metadata.jwksUri, metadata.userinfoEndpoint ?? []].flat();
      await Promise.all(endpoints.map((endpoint) => this.outbound.requireSafe(endpoint)));
      return metadata;
    } catch (cause) {
      if (!(cause instanceof SignInRefused)) throw cause;
      const detail =
        cause instanceof DocumentInconsistent
          ? `The discovery document could not be used: ${cause.fault}.`
          : 'The discovery document, or an endpoint that it names, could not be reached at a public https address.';
      throw new AppError('discovery_failed', { detail, reason: cause.reason, cause });
    }
  }

  /** @throws CallFailed, SignInRefused `discovery_inconsistent` */
  async fetch(discoveryUrl: string, signal?: AbortSignal): Promise<ProviderMetadata> {
    const issuer = issuerOf(discoveryUrl);
    if (issuer === null || !isSafeUrlText(discoveryUrl, this.config)) {
      throw new DocumentInconsistent(`discovery_url must be an https URL that ends with ${WELL_KNOWN}`);
    }
    const response = await this.outbound.request(discoveryUrl, {
      method: 'GET',
      headers: { accept: 'application/json' },
      ...(signal === undefined ? {} : { signal }),
    });
    if (response.status !== 200) throw new CallFailed('provider_status');
    const document = DiscoveryDocument.safeParse(await readJson(response));
    if (!document.success) {
      const member = document.error.issues[0]?.path.map(String).join('.') || 'the document';
      throw new DocumentInconsistent(`${member} is missing or not valid`);
    }
    return this.check(document.data, issuer);
  }

  private check(document: DiscoveryDocument, issuer: string): ProviderMetadata {
    // Without this, any host could say that it speaks for the issuer of another (section 4.3).
    // check: sign-in: issuer that belongs to the discovery URL
    if (document.issuer.replace(/\/$/, '') !== issuer) {
      throw new DocumentInconsistent('its issuer is not the one whose discovery_url this is');
    }
    const { authorization_endpoint, token_endpoint, jwks_uri, userinfo_endpoint } = document;
    for (const [name, url] of Object.entries({ authorization_endpoint, token_endpoint, jwks_uri, userinfo_endpoint })) {
      if (url && !isSafeUrlText(url, this.config)) throw new DocumentInconsistent(`${name} must be an https URL`);
    }
    if (document.response_types_supported && !document.response_types_supported.includes('code')) {
      throw new DocumentInconsistent('the provider does not offer the response type "code"');
    }
    const offered = document.id_token_signing_alg_values_supported ?? ['RS256'];
    // check: sign-in: algorithms with public keys only
    const idTokenSigningAlgs = SIGNING_ALGS.filter((alg) => offered.includes(alg));
    if (idTokenSigningAlgs.length === 0) {
      throw new DocumentInconsistent('the provider signs ID tokens by no algorithm with a public key');
    }
    // A provider that does not say signs by what it signs ID tokens by.
    const userinfoOffered = document.userinfo_signing_alg_values_supported ?? idTokenSigningAlgs;
    return {
      issuer: document.issuer,
      // In the one form of each URL: openid-client calls them so, and calls are told apart by their URL.
      authorizationEndpoint: new URL(authorization_endpoint).href,
      tokenEndpoint: new URL(token_endpoint).href,
      userinfoEndpoint: userinfo_endpoint ? new URL(userinfo_endpoint).href : null,
      jwksUri: new URL(jwks_uri).href,
      idTokenSigningAlgs,
      userinfoSigningAlgs: SIGNING_ALGS.filter((alg) => userinfoOffered.includes(alg)),
      tokenEndpointAuthMethod: clientAuthentication(document.token_endpoint_auth_methods_supported),
      responseIssuerPromised: document.authorization_response_iss_parameter_supported === true,
    };
  }
}

function clientAuthentication(
  offered: readonly string[] | null | undefined,
): ProviderMetadata['tokenEndpointAuthMethod'] {
  // The default of a provider that lists none (section 3).
  if (!offered || offered.includes('client_secret_basic')) return 'client_secret_basic';
  if (offered.includes('client_secret_post')) return 'client_secret_post';
  throw new DocumentInconsistent('the provider takes neither client_secret_basic nor client_secret_post');
}

/** Without a slash at its end, as the URL of the document is made (section 4.1). */
function issuerOf(discoveryUrl: string): string | null {
  return discoveryUrl.endsWith(WELL_KNOWN) ? discoveryUrl.slice(0, -WELL_KNOWN.length) : null;
}

/** @throws CallFailed `provider_answer_malformed` */
export async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    // The parser's error quotes the text.
    throw new CallFailed('provider_answer_malformed');
  }
}
