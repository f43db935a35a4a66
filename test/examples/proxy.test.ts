import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { registeredRoutes } from '../../src/http/route-table.js';
import { sharedApp, type TestApp } from '../harness/app.js';

/** Orchestrators ask these, on the service's own port. */
const NOT_FOR_CLIENTS = new Set(['*', '/health/live', '/health/ready']);

const VENDOR_PATHS = [
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

function read(name: string): string {
  return readFileSync(new URL(`../../examples/proxy/${name}`, import.meta.url), 'utf8');
}

function ofNginx(): string {
  return /location ~ (\S+) \{/.exec(read('nginx.conf'))?.[1] ?? '';
}

function ofTraefik(): string {
  const { http } = parse(read('traefik.yml')) as { http: { routers: { gatehouse: { rule: string } } } };
  return /PathRegexp\(`([^`]+)`\)/.exec(http.routers.gatehouse.rule)?.[1] ?? '';
}

describe('the examples of a proxy in front', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await sharedApp();
  });

  it.each([
    ['nginx', ofNginx],
    ['Traefik', ofTraefik],
  ])(
    '%s sends every path of the service to it, with and without a slash at the end, and none of the vendor’s',
    (_, pattern) => {
      const goesToGatehouse = new RegExp(pattern());
      const paths = registeredRoutes(app.nest.getHttpAdapter().getInstance())
        .map(({ url }) => url)
        .filter((url) => !NOT_FOR_CLIENTS.has(url))
        .map((url) => url.replaceAll(/:\w+/g, '0b1f8c0e-6d0b-4a52-9b0e-0d0b2f7a1c11'));

      expect(paths.filter((path) => !goesToGatehouse.test(path))).toEqual([]);
      expect(paths.filter((path) => !goesToGatehouse.test(`${path}/`))).toEqual([]);
      expect(VENDOR_PATHS.filter((path) => goesToGatehouse.test(path))).toEqual([]);
    },
  );

  it('have one and the same list of paths', () => {
    expect(ofTraefik()).toBe(ofNginx());
  });
});
