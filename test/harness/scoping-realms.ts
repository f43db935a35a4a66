import { expect } from 'vitest';
import { profilesPath } from './given-realm.js';
import { type Answer, type Answers, ok, page, refused, type ScopingEntry, unscoped, wrote } from './scoping-answers.js';
import type { Person, TwoStores } from './two-stores.js';

const text: unknown = expect.any(String);
const someLinks: unknown = expect.any(Object);
const times = { created_at: text, updated_at: text };

const realmPath = ({ realm }: Person) => `/v2/authentication-realms/${realm.id}`;
const profilePath = ({ realm, profile }: Person) => `${profilesPath(realm.id)}/${profile.id}`;
const links = (person: Person) => ({ self: `https://id.shop.example${realmPath(person)}` });

/** How to sign in is for everybody with an access token of the store. */
function forTheStore(body: (person: Person) => unknown, missing: Answer = refused('resource_not_found')): Answers {
  const success = ok(({ ann }) => body(ann));
  return unscoped({ implicit: success, service: success, foreignImplicit: missing, foreignService: missing });
}

/** The same of each store, where the path names none. */
function forEachStore(body: (person: Person) => unknown): Answers {
  return forTheStore(
    body,
    ok(({ cleo }) => body(cleo)),
  );
}

function forServicesOfTheStore(service: Answer): Answers {
  const denied = refused('forbidden');
  return unscoped({
    implicit: denied,
    foreignImplicit: denied,
    service,
    foreignService: refused('resource_not_found'),
  });
}

const newProfile = (_: Person, { providers }: TwoStores) => ({
  data: {
    name: 'Another IdP',
    discovery_url: providers.discoveryUrl('another'),
    client_id: 'another-client',
    client_secret: 'another secret',
  },
});

export const realmEntries: Readonly<Record<string, ScopingEntry>> = {
  'GET /v2/settings/customer-authentication': {
    path: () => '/v2/settings/customer-authentication',
    answers: forEachStore((person) => ({
      data: {
        id: person.storeId,
        type: 'customer-authentication-settings',
        meta: { client_id: 'customers' },
        relationships: {
          'authentication-realm': {
            data: {
              id: person.realm.id,
              type: 'authentication-realm',
              duplicate_email_policy: 'allowed',
              links: links(person),
            },
          },
        },
      },
    })),
  },

  'GET /v2/authentication-realms': {
    path: () => '/v2/authentication-realms',
    answers: forEachStore((person) => page('/v2/authentication-realms', [{ ...person.realm, links: links(person) }])),
  },
  'GET /v2/authentication-realms/:realmId': {
    path: realmPath,
    answers: forTheStore((person) => ({ data: person.realm, links: links(person) })),
  },
  'PUT /v2/authentication-realms/:realmId': {
    path: realmPath,
    body: () => ({ data: { unproven_email: 'reset' } }),
    answers: forServicesOfTheStore(
      wrote(200, ['authentication_realms'], ({ ann }) => ({
        data: { ...ann.realm, unproven_email: 'reset', meta: times },
        links: links(ann),
      })),
    ),
  },

  'GET /v2/authentication-realms/:realmId/oidc-profiles': {
    path: ({ realm }) => profilesPath(realm.id),
    answers: forTheStore(({ realm, profile }) => page(profilesPath(realm.id), [profile], ['%5B', '%5D'])),
  },
  'POST /v2/authentication-realms/:realmId/oidc-profiles': {
    path: ({ realm }) => profilesPath(realm.id),
    body: newProfile,
    answers: forServicesOfTheStore(
      wrote(201, ['oidc_profiles'], ({ providers }) => ({
        data: {
          id: text,
          type: 'oidc-profile',
          name: 'Another IdP',
          client_id: 'another-client',
          discovery_url: providers.discoveryUrl('another'),
          email_trust: 'claim',
          id_token_max_lifetime: null,
          meta: { ...times, issuer: providers.issuer('another') },
          links: someLinks,
        },
        links: someLinks,
      })),
    ),
  },
  'GET /v2/authentication-realms/:realmId/oidc-profiles/:profileId': {
    path: profilePath,
    answers: forTheStore(({ profile }) => ({ data: profile, links: profile.links })),
  },
  'PUT /v2/authentication-realms/:realmId/oidc-profiles/:profileId': {
    path: profilePath,
    body: () => ({ data: { name: 'Changed' } }),
    answers: forServicesOfTheStore(
      wrote(200, ['oidc_profiles'], ({ ann: { profile } }) => ({
        data: { ...profile, name: 'Changed', meta: { ...profile.meta, updated_at: text } },
        links: profile.links,
      })),
    ),
  },
  'DELETE /v2/authentication-realms/:realmId/oidc-profiles/:profileId': {
    path: (person) => `${profilePath(person)}?force=true`,
    answers: forServicesOfTheStore(wrote(204, ['identities', 'oidc_profiles'])),
  },
};
