import { Inject, Injectable } from '@nestjs/common';
import { SERVICE_CONFIG, type ServiceConfig } from '../config/config.js';
import { parseUuid } from '../crypto/identifiers.js';
import { Database } from '../database/database.js';
import type { AuthenticationRealmModel, OidcProfileModel } from '../generated/prisma/models.js';
import type { ProviderClient } from '../oidc/oidc-client.js';
import { Providers } from '../oidc/providers.js';
import { ClientSecrets } from '../realms/client-secrets.js';
import { callbackUrl } from '../realms/sso-urls.js';

export interface SignInPlace {
  readonly realm: AuthenticationRealmModel;
  readonly profile: OidcProfileModel;
  readonly client: ProviderClient;
}

/** Realms and profiles as the URLs of single sign-on name them. */
@Injectable()
export class SignInPlaces {
  constructor(
    @Inject(SERVICE_CONFIG) private readonly config: ServiceConfig,
    private readonly database: Database,
    private readonly providers: Providers,
    private readonly secrets: ClientSecrets,
  ) {}

  async findRealm(store: string, realm: string): Promise<AuthenticationRealmModel | null> {
    const [storeId, id] = [parseUuid(store), parseUuid(realm)];
    if (storeId === null || id === null) return null;
    return this.database.read.authenticationRealm.findUnique({ where: { storeId_id: { storeId, id } } });
  }

  async find(store: string, realm: string, profile: string): Promise<SignInPlace | null> {
    const [storeId, realmId, id] = [parseUuid(store), parseUuid(realm), parseUuid(profile)];
    if (storeId === null || realmId === null || id === null) return null;
    const found = await this.database.read.oidcProfile.findFirst({
      where: { storeId, id, realmId },
      include: { realm: true },
    });
    if (found === null) return null;
    const { secrets } = this;
    const client = {
      provider: this.providers.of(found),
      clientId: found.clientId,
      // Opened when it is used: what cannot be opened is then a failure that the storefront hears of.
      get clientSecret() {
        return secrets.open(found);
      },
      callbackUrl: callbackUrl(this.config.publicUrl, storeId, realmId, id),
    };
    return { realm: found.realm, profile: found, client };
  }
}
