import { registeredRoutes } from '../../src/http/route-table.js';
import type { TestApp } from '../harness/app.js';

/** Orchestrators ask these, on the service's own port. */
const NOT_FOR_CLIENTS = new Set(['*', '/health/live', '/health/ready']);

/** One path of every route that clients call. */
export function serviceUrls(app: TestApp): string[] {
  const paths = registeredRoutes(app.nest.getHttpAdapter().getInstance())
    .map(({ url }) => url)
    .filter((url) => !NOT_FOR_CLIENTS.has(url))
    .map((url) => url.replaceAll(/:\w+/g, '0b1f8c0e-6d0b-4a52-9b0e-0d0b2f7a1c11'));
  return [...new Set(paths)];
}

export const VENDOR_PATHS = [
  '/v2/carts/abc/items',
  '/v2/carts/abc/checkout',
  '/pcm/products',
  '/v2/settings',
  '/v2/customersx',
  // Of an order that the vendor's checkout made: it is paid and followed there.
  '/v2/orders/abc/payments',
  '/v2/orders/abc/confirm',
  '/v2/orders/abc/transactions/def/confirm',
  '/v2/orders/abc/shipping-groups',
  '/v2/authentication-realms/abc/password-profiles',
];
