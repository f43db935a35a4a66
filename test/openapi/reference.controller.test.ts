import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sharedApp, startApp } from '../harness/app.js';

/** The library is pinned to one version. */
const { dependencies } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  dependencies: Readonly<Record<string, string>>;
};
const KEPT = 'public, max-age=31536000, immutable';
const VERSION = dependencies['swagger-ui-dist'];

describe('GET /docs', () => {
  it('is a page that may load and ask this service only, with a slash at the end and without', async () => {
    const { http } = await sharedApp();
    for (const path of ['/docs', '/docs/']) {
      const { status, headers, text } = await http.get(path);
      expect([path, status, headers['content-type']]).toEqual([path, 200, 'text/html; charset=utf-8']);
      expect(headers['content-security-policy']).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
          "connect-src 'self' https://id.shop.example; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      );
      expect(text.match(/(?:src|href)="[^"]*"/g)).toEqual([
        `href="/docs/swagger-ui.css?v=${VERSION}"`,
        `href="/docs/favicon-32x32.png?v=${VERSION}"`,
        `src="/docs/swagger-ui-bundle.js?v=${VERSION}"`,
        'src="/docs/start.js"',
      ]);
    }
  });

  it('finds its files below the path of PUBLIC_URL, where a proxy puts the service', async () => {
    const app = await startApp({ publicUrl: 'https://shop.example/identity' });
    try {
      const { text } = await app.http.get('/docs');
      expect(text).toContain('src="/identity/docs/start.js"');
    } finally {
      await app.close();
    }
  });

  it.each([
    [`swagger-ui.css?v=${VERSION}`, 'text/css; charset=utf-8', KEPT, '.swagger-ui'],
    [`swagger-ui-bundle.js?v=${VERSION}`, 'text/javascript; charset=utf-8', KEPT, 'SwaggerUIBundle'],
    ['start.js', 'text/javascript; charset=utf-8', 'no-cache', '../openapi.json'],
  ])('has %s beside it, kept where its version is in the address', async (name, type, cacheControl, part) => {
    const { http } = await sharedApp();
    const answer = await http.get(`/docs/${name}`).buffer(true);
    const { status, headers } = answer;
    expect([status, headers['content-type'], headers['cache-control']]).toEqual([200, type, cacheControl]);
    expect(answer.text).toContain(part);
  });

  it('shows no other file of the library', async () => {
    const { http } = await sharedApp();
    for (const name of ['package.json', 'index.html', '..%2fpackage.json', 'absolute-path.js']) {
      expect([name, (await http.get(`/docs/${name}`)).status]).toEqual([name, 404]);
    }
  });
});
