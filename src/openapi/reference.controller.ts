import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { Controller, Get, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { SERVICE_CONFIG, type ServiceConfig } from '../config/config.js';
import { OpenToAll } from '../http/open-to-all.js';

/**
 * @param path of the reference, as browsers see it
 * @param version of the library: its files keep their names when it changes
 */
function page(path: string, version: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Gatehouse: the interface</title>
<link rel="stylesheet" href="${path}/swagger-ui.css?v=${version}">
<link rel="icon" href="${path}/favicon-32x32.png?v=${version}">
<div id="reference"></div>
<script src="${path}/swagger-ui-bundle.js?v=${version}"></script>
<script src="${path}/start.js"></script>
</html>
`;
}

/** Nothing is sent to anybody but this service: no validator, no fonts, no images of others. */
const START = `'use strict';
window.SwaggerUIBundle({
  url: new URL('../openapi.json', document.currentScript.src).href,
  dom_id: '#reference',
  deepLinking: true,
  docExpansion: 'list',
  displayRequestDuration: true,
  tryItOutEnabled: true,
  validatorUrl: null,
});
`;

function libraryVersion(): string {
  return (require('swagger-ui-dist/package.json') as { version: string }).version;
}

const SCRIPT = 'text/javascript; charset=utf-8';
/** RFC 8246: the version in the address changes with the file. */
const ASSET_CACHE_CONTROL = 'public, max-age=31536000, immutable';
/** What has no version in its address is asked for each time. */
const OWN_CACHE_CONTROL = 'no-cache';

const require = createRequire(import.meta.url);

/** The interactive reference: Swagger UI on the document of this service. */
@Controller('docs')
@OpenToAll('the interface is no secret')
export class ReferenceController {
  private readonly assets = new Map<string, Promise<Buffer>>();

  constructor(@Inject(SERVICE_CONFIG) private readonly config: ServiceConfig) {}

  @Get()
  show(@Res() reply: FastifyReply): void {
    void reply
      .headers({
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': this.policy(),
        'referrer-policy': 'no-referrer',
      })
      .send(page(`${new URL(this.config.publicUrl).pathname.replace(/\/$/, '')}/docs`, libraryVersion()));
  }

  @Get('start.js')
  start(@Res() reply: FastifyReply): void {
    void reply.headers({ 'content-type': SCRIPT, 'cache-control': OWN_CACHE_CONTROL }).send(START);
  }

  @Get('swagger-ui-bundle.js')
  script(@Res() reply: FastifyReply): Promise<void> {
    return this.asset(reply, 'swagger-ui-bundle.js', SCRIPT);
  }

  @Get('swagger-ui.css')
  style(@Res() reply: FastifyReply): Promise<void> {
    return this.asset(reply, 'swagger-ui.css', 'text/css; charset=utf-8');
  }

  @Get('favicon-32x32.png')
  icon(@Res() reply: FastifyReply): Promise<void> {
    return this.asset(reply, 'favicon-32x32.png', 'image/png');
  }

  /** A file of the library. */
  private async asset(reply: FastifyReply, name: string, type: string): Promise<void> {
    const body = await this.read(name);
    void reply.headers({ 'content-type': type, 'cache-control': ASSET_CACHE_CONTROL }).send(body);
  }

  private read(name: string): Promise<Buffer> {
    const known = this.assets.get(name);
    if (known !== undefined) return known;
    const read = readFile(require.resolve(`swagger-ui-dist/${name}`));
    this.assets.set(name, read);
    // A file that could not be read once may be readable the next time.
    read.catch(() => this.assets.delete(name));
    return read;
  }

  /** The library draws small pictures from `data:` URLs in its style sheet. Requests from the page go to the service alone. */
  private policy(): string {
    const service = new URL(this.config.publicUrl).origin;
    return [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self' data:",
      `connect-src 'self' ${service}`,
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join('; ');
  }
}
