import { describe, expect, it } from 'vitest';
import { sharedApp, startApp } from '../harness/app.js';

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
        'href="/docs/swagger-ui.css"',
        'href="/docs/favicon-32x32.png"',
        'src="/docs/swagger-ui-bundle.js"',
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
    ['swagger-ui.css', 'text/css; charset=utf-8', '.swagger-ui'],
    ['swagger-ui-bundle.js', 'text/javascript; charset=utf-8', 'SwaggerUIBundle'],
    ['start.js', 'text/javascript; charset=utf-8', '../openapi.json'],
  ])('has %s beside it', async (name, type, part) => {
    const { http } = await sharedApp();
    const answer = await http.get(`/docs/${name}`).buffer(true);
    const { status, headers } = answer;
    expect([status, headers['content-type'], headers['cache-control']]).toEqual([200, type, 'public, max-age=3600']);
    expect(answer.text).toContain(part);
  });

  it('shows no other file of the library', async () => {
    const { http } = await sharedApp();
    for (const name of ['package.json', 'index.html', '..%2fpackage.json', 'absolute-path.js']) {
      expect([name, (await http.get(`/docs/${name}`)).status]).toEqual([name, 404]);
    }
  });
});
