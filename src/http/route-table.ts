import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyInstance, RouteOptions } from 'fastify';
import { AppError } from '../errors/app-error.js';

/** A route as the router knows it, e.g. `/v2/customers/:customerId`. */
export interface RegisteredRoute {
  readonly method: string;
  readonly url: string;
}

const tables = new WeakMap<object, RegisteredRoute[]>();

/** Begins to write down the routes that are registered from now on. */
export function recordRoutes(instance: FastifyInstance): void {
  const routes: RegisteredRoute[] = [];
  tables.set(instance.server, routes);
  instance.addHook('onRoute', (route) => {
    for (const method of [route.method].flat()) {
      if (method === 'HEAD' && isWithoutHead(route)) refuseHead(route);
      else routes.push({ method, url: route.url });
    }
  });
}

/** A route whose GET does something: a look at its headers must not, so HEAD is a method that it does not take. */
export const WithoutHead = () => RouteConfig({ withoutHead: true });

function isWithoutHead({ config }: RouteOptions): boolean {
  return config !== undefined && 'withoutHead' in config;
}

function refuseHead(route: RouteOptions): void {
  route.onRequest = () => Promise.reject(new AppError('method_not_allowed', { headers: { allow: 'GET' } }));
}

/** Every route of the running application; tests build their tables from it, so that no route escapes them. */
export function registeredRoutes(instance: FastifyInstance): readonly RegisteredRoute[] {
  return tables.get(instance.server) ?? [];
}

/** The methods that a concrete URL takes, for `Allow` (RFC 9110 section 10.2.1). Empty: no such path. */
export function allowedMethods(instance: FastifyInstance, url: string): string[] {
  const path = (url.split('?', 1)[0] ?? '').replace(/(.)\/$/, '$1');
  const methods = registeredRoutes(instance)
    .filter((route) => route.method !== 'OPTIONS' && matches(route.url, path))
    .map((route) => route.method);
  return [...new Set(methods)].sort();
}

function matches(template: string, path: string): boolean {
  const parts = template.split('/');
  const segments = path.split('/');
  if (template.includes('*') || parts.length !== segments.length) return false;
  return parts.every((part, index) => (part.startsWith(':') ? segments[index] !== '' : part === segments[index]));
}
