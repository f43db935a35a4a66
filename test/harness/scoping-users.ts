import { expect } from 'vitest';
import { identitiesPath, usersPath } from './given-realm.js';
import { type Answer, forServices, ok, page, refused, type ScopingEntry, wrote } from './scoping-answers.js';
import type { Person } from './two-stores.js';

const text: unknown = expect.any(String);

const usersOf = ({ realm }: Person) => usersPath(realm.id);
const userPath = (person: Person) => `${usersOf(person)}/${person.user.id}`;
const userLinks = (person: Person) => ({ self: `https://id.shop.example${userPath(person)}` });
const identitiesOf = ({ realm, user }: Person) => identitiesPath(realm.id, user.id);
const identityPath = (person: Person) => `${identitiesOf(person)}/${person.identity.id}`;
const identityLinks = (person: Person) => ({ self: `https://id.shop.example${identityPath(person)}` });

const ofTheStore = (service: Answer) => forServices(service, refused('resource_not_found'));
const someSelf: unknown = { self: text };
const newcomer = { name: 'Newcomer', email: 'newcomer@example.test' };
const noParts = { given_name: null, family_name: null, middle_name: null };

export const userEntries: Readonly<Record<string, ScopingEntry>> = {
  'GET /v2/authentication-realms/:realmId/user-authentication-info': {
    path: usersOf,
    answers: ofTheStore(
      ok(({ ann, bob }) =>
        page(
          usersOf(ann),
          [bob, ann].map((person) => ({ ...person.user, links: userLinks(person) })),
        ),
      ),
    ),
  },
  'POST /v2/authentication-realms/:realmId/user-authentication-info': {
    path: usersOf,
    body: () => ({ data: newcomer }),
    answers: ofTheStore(
      wrote(201, ['authentication_users', 'customers'], () => ({
        data: {
          ...newcomer,
          ...noParts,
          id: text,
          type: 'user_authentication_info',
          meta: { created_at: text, updated_at: text, creation_status: 'COMPLETE' },
        },
        links: someSelf,
      })),
    ),
  },
  'GET /v2/authentication-realms/:realmId/user-authentication-info/:userId': {
    path: userPath,
    answers: ofTheStore(ok(({ ann }) => ({ data: ann.user, links: userLinks(ann) }))),
  },
  'PUT /v2/authentication-realms/:realmId/user-authentication-info/:userId': {
    path: userPath,
    body: () => ({ data: { name: 'Changed', given_name: 'Changed' } }),
    answers: ofTheStore(
      wrote(200, ['authentication_users', 'customers'], ({ ann }) => ({
        data: {
          ...ann.user,
          name: 'Changed',
          given_name: 'Changed',
          meta: { ...ann.user.meta, updated_at: text },
        },
        links: userLinks(ann),
      })),
    ),
  },
  'DELETE /v2/authentication-realms/:realmId/user-authentication-info/:userId': {
    path: userPath,
    answers: ofTheStore(wrote(204, ['authentication_users', 'identities'])),
  },

  'GET /v2/authentication-realms/:realmId/user-authentication-info/:userId/user-authentication-oidc-profile-info': {
    path: identitiesOf,
    answers: ofTheStore(ok(({ ann }) => page(identitiesOf(ann), [{ ...ann.identity, links: identityLinks(ann) }]))),
  },
  'POST /v2/authentication-realms/:realmId/user-authentication-info/:userId/user-authentication-oidc-profile-info': {
    path: identitiesOf,
    body: ({ profile }) => ({ data: { subject: 'newcomer', oidc_profile_id: profile.id } }),
    answers: ofTheStore(
      wrote(201, ['identities'], ({ ann }) => ({
        data: { ...ann.identity, id: text, subject: 'newcomer', meta: { created_at: text, updated_at: text } },
        links: someSelf,
      })),
    ),
  },
  'GET /v2/authentication-realms/:realmId/user-authentication-info/:userId/user-authentication-oidc-profile-info/:infoId':
    {
      path: identityPath,
      answers: ofTheStore(ok(({ ann }) => ({ data: ann.identity, links: identityLinks(ann) }))),
    },
  'PUT /v2/authentication-realms/:realmId/user-authentication-info/:userId/user-authentication-oidc-profile-info/:infoId':
    {
      path: identityPath,
      body: () => ({ data: { subject: 'somebody else' } }),
      answers: ofTheStore(
        wrote(200, ['identities'], ({ ann }) => ({
          data: { ...ann.identity, subject: 'somebody else', meta: { ...ann.identity.meta, updated_at: text } },
          links: identityLinks(ann),
        })),
      ),
    },
  'DELETE /v2/authentication-realms/:realmId/user-authentication-info/:userId/user-authentication-oidc-profile-info/:infoId':
    {
      path: identityPath,
      answers: ofTheStore(wrote(204, ['identities'])),
    },
};
