/** The parameter that names a profile, as the interface spells it. */
export const PROFILE_PARAMETER = 'elasticpath_commerce_cloud_profile_id';

/** Where a realm's single sign-on takes place. Absolute URLs. */
export interface SsoUrls {
  /** Where storefronts send browsers to log in: the realm's authorization endpoint, without a profile. */
  readonly login: string;
  readonly issuer: string;
  readonly discovery: string;
}

export function ssoUrls(publicUrl: string, storeId: string, realmId: string): SsoUrls {
  const place = `stores/${storeId}/authentication-realms/${realmId}`;
  const issuer = `${publicUrl}/oidc-idp/${place}`;
  return {
    login: `${publicUrl}/oidc-idp/login/${place}`,
    issuer,
    discovery: `${issuer}/.well-known/openid-configuration`,
  };
}

/** The profile's own authorization endpoint: it holds a query, to which clients append. */
export function profileLoginUrl(publicUrl: string, storeId: string, realmId: string, profileId: string): string {
  return `${ssoUrls(publicUrl, storeId, realmId).login}?${PROFILE_PARAMETER}=${profileId}`;
}

/**
 * Where the provider sends browsers back to, the `redirect_uri` that is registered there. Each profile has its own, so that one
 * provider's answer cannot be taken for another's (RFC 9700 section 4.4.2.2).
 */
export function callbackUrl(publicUrl: string, storeId: string, realmId: string, profileId: string): string {
  return `${publicUrl}/oidc-idp/callback/stores/${storeId}/authentication-realms/${realmId}/oidc-profiles/${profileId}`;
}
