import { expect } from 'vitest';
import { type Answer, forServices, ok, page, refused, type ScopingEntry, wrote } from './scoping-answers.js';
import type { Person } from './two-stores.js';

const text: unknown = expect.any(String);
const times = { timestamps: { created_at: text, updated_at: text } };

const keysPath = () => '/v2/application-keys';
/** To the one of the store's keys that no request comes with. */
const keyPath = (person: Person) => `/v2/application-keys/${lastKey(person).id}`;

function lastKey({ keys }: Person) {
  const key = keys.at(-1);
  if (key === undefined) throw new Error('the store has no key');
  return key;
}

const forServicesOfTheStore = (service: Answer) => forServices(service, refused('resource_not_found'));

const made = wrote(201, ['application_key_secrets', 'application_keys', 'client_ids'], () => ({
  data: {
    id: text,
    type: 'application-key',
    name: 'Orders',
    client_id: text,
    grants: ['client_credentials'],
    permissions: ['orders:read', 'orders:write'],
    client_secret: text,
    meta: times,
  },
}));

/** Keys are managed with client credentials alone: a customer token takes the right away. */
export const keyEntries: Readonly<Record<string, ScopingEntry>> = {
  'GET /v2/application-keys': {
    path: keysPath,
    answers: forServices(
      ok(({ ann }) => page(keysPath(), [...ann.keys])),
      ok(({ cleo }) => page(keysPath(), [...cleo.keys])),
    ),
  },
  'POST /v2/application-keys': {
    path: keysPath,
    body: () => ({ data: { type: 'application-key', name: 'Orders', preset: 'orders' } }),
    answers: forServices(made, made),
  },
  'GET /v2/application-keys/:keyId': {
    path: keyPath,
    answers: forServicesOfTheStore(ok(({ ann }) => ({ data: lastKey(ann) }))),
  },
  'PUT /v2/application-keys/:keyId': {
    path: keyPath,
    body: () => ({ data: { name: 'Changed' } }),
    answers: forServicesOfTheStore(
      wrote(200, ['application_keys'], ({ ann }) => ({ data: { ...lastKey(ann), name: 'Changed', meta: times } })),
    ),
  },
  'POST /v2/application-keys/:keyId/rotate': {
    path: (person) => `${keyPath(person)}/rotate`,
    body: () => ({ data: { overlap_seconds: 60 } }),
    answers: forServicesOfTheStore(
      wrote(200, ['application_key_secrets', 'application_keys'], ({ ann }) => ({
        data: { ...lastKey(ann), client_secret: text, meta: times },
      })),
    ),
  },
  'DELETE /v2/application-keys/:keyId': {
    path: keyPath,
    answers: forServicesOfTheStore(wrote(204, ['application_key_secrets', 'application_keys', 'client_ids'])),
  },
};
