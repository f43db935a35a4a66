import { newId } from '../../src/crypto/identifiers.js';
import type { IdentityResource } from '../../src/identities/user-authentication-oidc-profile-info.contract.js';
import type { UserResource } from '../../src/identities/user-authentication-info.contract.js';
import type { OidcProfileResource } from '../../src/realms/oidc-profiles.contract.js';
import type { AuthenticationRealmModel } from '../../src/generated/prisma/models.js';
import type { Shop, TestCustomer } from './shop.js';

/** Where users of a realm live, and below each the identities. */
export const usersPath = (realmId: string) => `/v2/authentication-realms/${realmId}/user-authentication-info`;
export const identitiesPath = (realmId: string, userId: string) =>
  `${usersPath(realmId)}/${userId}/user-authentication-oidc-profile-info`;
export const profilesPath = (realmId: string) => `/v2/authentication-realms/${realmId}/oidc-profiles`;

/** The realm that stores have from their beginning. Stores of tests are made without. */
export async function givenRealm(
  shop: Shop,
  members: Partial<AuthenticationRealmModel> = {},
): Promise<AuthenticationRealmModel> {
  const now = new Date();
  return shop.app.database.prisma.authenticationRealm.create({
    data: {
      storeId: shop.storeId,
      id: newId(),
      name: 'Buyer Organization',
      redirectUris: [],
      duplicateEmailPolicy: 'allowed',
      unprovenEmail: 'refuse',
      createdAt: now,
      updatedAt: now,
      ...members,
    },
  });
}

export async function givenProfile(
  shop: Shop,
  realmId: string,
  discoveryUrl: string,
  members: Record<string, unknown> = {},
): Promise<OidcProfileResource> {
  const data = {
    type: 'oidc-profile',
    name: 'Example IdP',
    discovery_url: discoveryUrl,
    client_id: 'idp-client',
    client_secret: 'a secret of the provider',
    ...members,
  };
  return post(shop, profilesPath(realmId), data);
}

/** The customer as a user of the realm; one without a password, where nobody has the email. */
export async function givenUser(
  shop: Shop,
  realmId: string,
  { name, email }: Pick<TestCustomer, 'name' | 'email'>,
): Promise<UserResource> {
  return post(shop, usersPath(realmId), { name, email });
}

export async function givenIdentity(
  shop: Shop,
  realmId: string,
  userId: string,
  members: { subject: string; oidc_profile_id: string },
): Promise<IdentityResource> {
  return post(shop, identitiesPath(realmId, userId), members);
}

/** A customer token that goes with an identity. Who logged in by password is taken for having come that way. */
export async function givenTokenOfIdentity(shop: Shop, customer: TestCustomer, identityId: string): Promise<string> {
  const { id, token } = await shop.login(customer);
  await shop.app.database.prisma.customerToken.update({
    where: { storeId_id: { storeId: shop.storeId, id } },
    data: { identityId, mechanism: 'oidc' },
  });
  return token;
}

async function post<Resource>(shop: Shop, path: string, data: object): Promise<Resource> {
  const answer = await shop.app.http
    .post(path)
    .set(await shop.service())
    .send({ data })
    .expect(201);
  return (answer.body as { data: Resource }).data;
}
