import { Controller, Get, Header, Inject } from '@nestjs/common';
import { SERVICE_CONFIG, type ServiceConfig } from '../config/config.js';
import { OpenToAll } from '../http/open-to-all.js';
import { Operation } from '../http/operation.js';
import { KeyRing } from './key-ring.js';
import { KEY_SET_CACHE_CONTROL, publicKeySet } from './key-set.js';
import { AuthorizationServerMetadata, KeySet, OpenidConfiguration } from './keys.contract.js';

/** What other services need to verify customer tokens by themselves: RFC 7517 key set, RFC 8414 and OpenID metadata. */
@Controller('.well-known')
@OpenToAll('public keys and metadata')
export class KeysController {
  constructor(
    @Inject(SERVICE_CONFIG) private readonly config: ServiceConfig,
    private readonly ring: KeyRing,
  ) {}

  @Operation({ id: 'getKeySet', summary: 'The public keys of customer tokens', answer: KeySet })
  @Get('jwks.json')
  @Header('cache-control', KEY_SET_CACHE_CONTROL)
  keySet(): Promise<KeySet> {
    return publicKeySet(this.ring);
  }

  /** RFC 8414 section 2: only what is really served. There is no authorization endpoint, hence no response types. */
  @Operation({
    id: 'getAuthorizationServerMetadata',
    summary: 'Metadata for OAuth clients',
    answer: AuthorizationServerMetadata,
  })
  @Get('oauth-authorization-server')
  @Header('cache-control', KEY_SET_CACHE_CONTROL)
  authorizationServerMetadata(): AuthorizationServerMetadata {
    const base = this.config.publicUrl;
    return {
      issuer: base,
      jwks_uri: `${base}/.well-known/jwks.json`,
      token_endpoint: `${base}/oauth/access_token`,
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none'],
      grant_types_supported: ['client_credentials', 'implicit'],
      response_types_supported: [],
      introspection_endpoint: `${base}/oauth/introspect`,
      introspection_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    };
  }

  /**
   * The same under the path of OpenID Connect Discovery 1.0, where most libraries look. It adds the members that the
   * specification requires: the algorithms are those of the customer tokens, as there are no ID tokens.
   */
  @Operation({
    id: 'getOpenidConfiguration',
    summary: 'The same metadata where OpenID libraries look for it',
    answer: OpenidConfiguration,
  })
  @Get('openid-configuration')
  @Header('cache-control', KEY_SET_CACHE_CONTROL)
  async openidConfiguration(): Promise<OpenidConfiguration> {
    const keys = await this.ring.publishedKeys();
    return {
      ...this.authorizationServerMetadata(),
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: [...new Set(keys.map(({ alg }) => alg))],
    };
  }
}
