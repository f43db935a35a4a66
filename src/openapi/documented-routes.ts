import type { INestApplicationContext } from '@nestjs/common';
import { HEADERS_METADATA } from '@nestjs/common/constants.js';
import { ModulesContainer, Reflector } from '@nestjs/core';
import { IGNORES_CUSTOMER_TOKEN, type Permission, REQUIRED_PERMISSION } from '../access/permissions.js';
import { OPEN_TO_ALL } from '../http/open-to-all.js';
import { OPERATION, type OperationNotes } from '../http/operation.js';

/** What a route declares, where it is declared. */
export interface DocumentedRoute {
  readonly notes: OperationNotes;
  /** Null: open to all. */
  readonly permission: Permission | null;
  readonly looksAtCustomerToken: boolean;
  /** Its answer may lie in caches. */
  readonly isPublic: boolean;
}

/** What `@Header` declares. */
function declaredHeaders(reflector: Reflector, handler: () => unknown): { name: string; value: string }[] {
  return reflector.get<{ name: string; value: string }[] | undefined>(HEADERS_METADATA, handler) ?? [];
}

/** The name by which a route is found again: `CustomersController.create`. */
export function routeName(controller: string, method: string): string {
  return `${controller}.${method}`;
}

/** Every route of the application that has notes, by its name. */
export function documentedRoutes(app: INestApplicationContext): ReadonlyMap<string, DocumentedRoute> {
  const reflector = new Reflector();
  const routes = new Map<string, DocumentedRoute>();
  for (const { controllers } of app.get(ModulesContainer).values()) {
    for (const { metatype } of controllers.values()) {
      if (typeof metatype !== 'function') continue;
      const prototype = metatype.prototype as Record<string, unknown>;
      for (const method of Object.getOwnPropertyNames(prototype)) {
        const handler = prototype[method] as (() => unknown) | undefined;
        if (typeof handler !== 'function') continue;
        const notes = reflector.get<OperationNotes | undefined>(OPERATION, handler);
        if (notes === undefined) continue;
        const places = [handler, metatype];
        routes.set(routeName(metatype.name, method), {
          notes,
          permission:
            reflector.getAllAndOverride<string | undefined>(OPEN_TO_ALL, places) === undefined
              ? (reflector.getAllAndOverride<Permission | undefined>(REQUIRED_PERMISSION, places) ?? null)
              : null,
          isPublic: declaredHeaders(reflector, handler).some(
            ({ name, value }) => name === 'cache-control' && value.startsWith('public'),
          ),
          looksAtCustomerToken:
            reflector.getAllAndOverride<boolean | undefined>(IGNORES_CUSTOMER_TOKEN, places) !== true,
        });
      }
    }
  }
  return routes;
}
