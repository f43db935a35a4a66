import { ModulesContainer } from '@nestjs/core';
import { describe, expect, it } from 'vitest';
import { CLIENT_CREDENTIALS_MEMBERS, permissionMatrix } from '../../src/access/permissions.js';
import { OPERATION, type OperationNotes } from '../../src/http/operation.js';
import { documentedRoutes } from '../../src/openapi/documented-routes.js';
import { sharedApp, type TestApp } from '../harness/app.js';
import { operations, resolved } from '../harness/interface/document.js';
import type { Schema } from '../harness/interface/schema-values.js';

interface Members {
  /** Say nothing by which another system finds the row or trusts it. */
  readonly anybody: readonly string[];
  readonly clientCredentials: readonly string[];
}

const address = [
  'type',
  'first_name',
  'last_name',
  'line_1',
  'county',
  'postcode',
  'country',
  'region',
  'post_code',
  'name',
  'company_name',
  'phone_number',
  'line_2',
  'city',
  'instructions',
];

/** Every operation with a body that a storefront or a customer may send, with every member of the body. */
const WRITES: Readonly<Record<string, Members>> = {
  createCustomer: {
    anybody: ['type', 'name', 'email', 'password'],
    clientCredentials: ['id', 'email_verified', 'external_ref'],
  },
  updateCustomer: {
    anybody: ['type', 'name', 'email', 'password', 'current_password'],
    clientCredentials: ['email_verified', 'external_ref'],
  },
  deleteCustomer: { anybody: ['current_password'], clientCredentials: [] },
  createAddress: { anybody: address, clientCredentials: ['id'] },
  updateAddress: { anybody: address, clientCredentials: [] },
};

/** `POST /v2/customers/tokens` writes no row that holds a member of its body. */
const STORES_NOTHING = ['createCustomerToken'];

/** By the operation's id, what its handler declares for client credentials only. */
function declaredMembers(app: TestApp): Map<string, string[]> {
  const declared = new Map<string, string[]>();
  for (const { controllers } of app.nest.get(ModulesContainer).values()) {
    for (const { metatype } of controllers.values()) {
      if (typeof metatype !== 'function') continue;
      const prototype = metatype.prototype as Record<string, object>;
      for (const handler of Object.getOwnPropertyNames(prototype).map((name) => prototype[name])) {
        if (typeof handler !== 'function') continue;
        const notes = Reflect.getMetadata(OPERATION, handler) as OperationNotes | undefined;
        const members = Reflect.getMetadata(CLIENT_CREDENTIALS_MEMBERS, handler) as string[] | undefined;
        if (notes !== undefined) declared.set(notes.id, members ?? []);
      }
    }
  }
  return declared;
}

describe('the members of the bodies that a storefront or a customer may send', () => {
  it('are told apart: those that count for anybody, and those that count with client credentials only', async () => {
    const app = await sharedApp();
    const declared = declaredMembers(app);
    const open = [...documentedRoutes(app.nest).values()].flatMap(({ notes, permission }) => {
      const credentials: readonly string[] = permission === null ? [] : permissionMatrix[permission];
      return credentials.some((credential) => credential !== 'client_credentials') ? [notes.id] : [];
    });

    const writes = operations.flatMap(({ operation }) => {
      const { operationId, requestBody } = operation;
      if (requestBody === undefined || !open.includes(operationId) || STORES_NOTHING.includes(operationId)) return [];
      const body = resolved<Schema>(requestBody.content['application/json']?.schema as Schema);
      const members = Object.keys(resolved<Schema>(body.properties?.['data'] ?? {}).properties ?? {});
      const clientCredentials = declared.get(operationId) ?? [];
      const anybody = members.filter((member) => !clientCredentials.includes(member)).toSorted();
      return [[operationId, { anybody, clientCredentials: clientCredentials.toSorted() }]];
    });

    const expected = Object.entries(WRITES).map(([id, { anybody, clientCredentials }]) => [
      id,
      { anybody: anybody.toSorted(), clientCredentials: clientCredentials.toSorted() },
    ]);
    expect(Object.fromEntries(writes)).toEqual(Object.fromEntries(expected));
  });
});
