import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type CatalogEntry, errorCatalog, type ErrorCode } from '../../src/errors/error-catalog.js';
import { sharedApp, type TestApp } from '../harness/app.js';
import { serviceUrls, VENDOR_PATHS } from './proxied-paths.js';

function read(name: string): string {
  return readFileSync(new URL(`../../examples/proxy/${name}`, import.meta.url), 'utf8');
}

function ofNginx(): string {
  return /location ~ (\S+) \{/.exec(read('nginx.conf'))?.[1] ?? '';
}

type Told = Record<'title' | 'detail' | 'code', string> & { readonly status: number };

interface Traefik {
  readonly routers: Readonly<Record<string, { rule: string; middlewares: string[]; service: string }>>;
  readonly middlewares: Readonly<Record<string, { errors?: { status: string[]; service: string; query: string } }>>;
  readonly services: Readonly<Record<string, unknown>>;
}

function traefik(): Traefik {
  return (parse(read('traefik.yml')) as { http: Traefik }).http;
}

function ofTraefik(): string {
  return /PathRegexp\(`([^`]+)`\)/.exec(traefik().routers['gatehouse']?.rule ?? '')?.[1] ?? '';
}

/** What a proxy says where it cannot ask the service: as the service would, but for the status that is the proxy's. */
function expectOfTheCatalog(status: number, { title, detail, code }: Record<'title' | 'detail' | 'code', string>) {
  const entry: CatalogEntry | undefined = errorCatalog[code as ErrorCode];
  const ofProxies: Record<number, string> = { 502: 'Bad Gateway', 504: 'Gateway Timeout' };
  const expected = { title: ofProxies[status] ?? entry.title, detail: entry.detail };
  expect({ title, detail }).toEqual(expected);
  if (ofProxies[status] === undefined) expect(status).toBe(entry.status);
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
      const paths = serviceUrls(app);

      expect(paths.filter((path) => !goesToGatehouse.test(path))).toEqual([]);
      expect(paths.filter((path) => !goesToGatehouse.test(`${path}/`))).toEqual([]);
      expect(VENDOR_PATHS.filter((path) => goesToGatehouse.test(path))).toEqual([]);
    },
  );

  it('have one and the same list of paths', () => {
    expect(ofTraefik()).toBe(ofNginx());
  });

  it('nginx words its own errors as the service does', () => {
    const [, map = ''] = /map \$status \$error_members \{([^}]*)\}/.exec(read('nginx.conf')) ?? [];
    const entries = [...map.matchAll(/^ {2}(default|\d+) '(.*)';$/gm)];
    expect(entries.map(([, status]) => status)).toEqual(['default', '405', '413', '431', '500', '502', '503', '504']);
    for (const [, status, members] of entries) {
      expectOfTheCatalog(status === 'default' ? 400 : Number(status), JSON.parse(`{${members}}`));
    }
  });

  it('Traefik fetches its own errors from files that are worded as the service words them', () => {
    const { routers, middlewares, services } = traefik();
    for (const { middlewares: names, service } of Object.values(routers)) {
      expect(Object.keys(services)).toContain(service);
      expect(Object.keys(middlewares)).toEqual(expect.arrayContaining(names));
      expect(names[0]).toBe('json-errors');
    }
    const { status: statuses = [], service, query } = middlewares['json-errors']?.errors ?? {};
    expect([statuses, service, query]).toEqual([['502', '504'], 'errors', '/{status}.json']);
    expect(services).toHaveProperty('errors');
    for (const status of statuses) {
      const [error, ...others] = (JSON.parse(read(`errors/${status}.json`)) as { errors: Told[] }).errors;
      expect(others).toEqual([]);
      expect(error?.status).toBe(Number(status));
      expectOfTheCatalog(Number(status), error as Told);
    }
  });
});
