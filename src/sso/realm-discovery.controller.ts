import { Controller, Get, Header, Inject, Param, Query } from '@nestjs/common';
import { SERVICE_CONFIG, type ServiceConfig } from '../config/config.js';
import { AppError } from '../errors/app-error.js';
import { OpenToAll } from '../http/open-to-all.js';
import { Operation } from '../http/operation.js';
import type { RawQuery } from '../jsonapi/page.js';
import { KeyRing } from '../keys/key-ring.js';
import { KEY_SET_CACHE_CONTROL, publicKeySet } from '../keys/key-set.js';
import { KeySet } from '../keys/keys.contract.js';
import { PROFILE_PARAMETER, profileLoginUrl, ssoUrls } from '../realms/sso-urls.js';
import { SignInPlaces } from './sign-in-places.js';
import { RealmMetadata, RealmMetadataQuery } from './sso.contract.js';

@Controller('oidc-idp')
@OpenToAll('public keys and metadata')
export class RealmDiscoveryController {
  constructor(
    @Inject(SERVICE_CONFIG) private readonly config: ServiceConfig,
    private readonly places: SignInPlaces,
    private readonly ring: KeyRing,
  ) {}

  /** With the query parameter of a profile, the authorization endpoint is the profile's own. */
  @Operation({
    id: 'getRealmMetadata',
    summary: 'What a realm offers as an OpenID Provider',
    query: RealmMetadataQuery,
    answer: RealmMetadata,
    refusals: ['resource_not_found'],
  })
  @Get('stores/:storeId/authentication-realms/:realmId/.well-known/openid-configuration')
  @Header('cache-control', KEY_SET_CACHE_CONTROL)
  async metadata(
    @Param('storeId') storeText: string,
    @Param('realmId') realmText: string,
    @Query() query: RawQuery,
  ): Promise<RealmMetadata> {
    const realm = await this.places.findRealm(storeText, realmText);
    if (realm === null) throw new AppError('resource_not_found');
    const { storeId, id: realmId } = realm;
    const { publicUrl } = this.config;
    const { issuer, login } = ssoUrls(publicUrl, storeId, realmId);
    const profileId = query[PROFILE_PARAMETER];
    const place = typeof profileId === 'string' ? await this.places.find(storeId, realmId, profileId) : null;
    if (profileId !== undefined && place === null) throw new AppError('resource_not_found');
    return {
      issuer,
      authorization_endpoint: place === null ? login : profileLoginUrl(publicUrl, storeId, realmId, place.profile.id),
      jwks_uri: `${publicUrl}/oidc-idp/.well-known/jwks.json`,
      response_types_supported: ['code'],
      response_modes_supported: ['query'],
      scopes_supported: ['openid', 'profile', 'email'],
      code_challenge_methods_supported: ['S256'],
      request_parameter_supported: false,
      request_uri_parameter_supported: false,
    };
  }

  /** The keys that verify customer tokens, where clients of the interface look for them. */
  @Operation({ id: 'getRealmKeySet', summary: 'The same keys where clients of the interface look', answer: KeySet })
  @Get('.well-known/jwks.json')
  @Header('cache-control', KEY_SET_CACHE_CONTROL)
  keySet(): Promise<KeySet> {
    return publicKeySet(this.ring);
  }
}
