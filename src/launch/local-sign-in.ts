import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { LocalProvider } from '../local-provider/local-provider.js';
import { PROFILE_NAME, WALK_REDIRECT_URI, type LocalSignIn } from '../local-provider/local-sign-in.js';
import { OidcProfilesService } from '../realms/oidc-profiles.service.js';
import { RealmsService } from '../realms/realms.service.js';
import { callbackUrl, profileLoginUrl } from '../realms/sso-urls.js';
import { serviceScope } from '../scope/request-scope.js';

/** Where the service is, and the store whose customers sign in. */
interface Place {
  readonly publicUrl: string;
  readonly storeId: string;
}

/**
 * Makes the provider an OIDC profile of the store. The profile of an earlier start is found by its name and brought up to date, since
 * port and secret are new. What else a user has set stays.
 *
 * @throws AppError `discovery_failed`
 */
export async function registerProfile(
  app: NestFastifyApplication,
  { publicUrl, storeId }: Place,
  provider: Pick<LocalProvider, 'discoveryUrl' | 'clientId' | 'clientSecret'>,
): Promise<LocalSignIn & { readonly callbackUrl: string }> {
  const [realms, profiles] = [
    app.get(RealmsService, { strict: false }),
    app.get(OidcProfilesService, { strict: false }),
  ];
  const scope = serviceScope(storeId);
  const realm = await realms.ofCustomers(scope);
  if (!realm.redirectUris.includes(WALK_REDIRECT_URI)) {
    await realms.update(scope, realm.id, { redirect_uris: [...realm.redirectUris, WALK_REDIRECT_URI] });
  }

  const known = await profiles.findNamed(scope, realm.id, PROFILE_NAME);
  const members = {
    name: PROFILE_NAME,
    discovery_url: provider.discoveryUrl,
    client_id: provider.clientId,
    client_secret: provider.clientSecret,
  };
  const { id } =
    known === null
      ? await profiles.create(scope, realm.id, members)
      : await profiles.update(scope, { realmId: realm.id, id: known.id }, members);
  return {
    profileId: id,
    discoveryUrl: provider.discoveryUrl,
    loginUrl: profileLoginUrl(publicUrl, storeId, realm.id, id),
    redirectUri: WALK_REDIRECT_URI,
    callbackUrl: callbackUrl(publicUrl, storeId, realm.id, id),
  };
}
