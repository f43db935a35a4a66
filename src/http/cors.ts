import type { FastifyCorsOptions } from '@fastify/cors';
import type { FastifyRequest } from 'fastify';
import type { ServiceConfig } from '../config/config.js';

const LOOPBACK_ORIGIN = /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/;
const PREFLIGHT_LIFETIME_SECONDS = 600;
/** Browsers navigate to the authorization endpoint and to callbacks; no script has to read them (RFC 9700 section 2.6). */
const NAVIGATION = /^\/oidc-idp\/(?:login|callback)\//;

/**
 * Storefronts call from browsers. Origins are compared whole; any requested header is allowed, since the interface's clients
 * send many of their own; credentials are not, as tokens travel in headers that a page must set itself.
 */
export function corsOptions(config: ServiceConfig) {
  const { corsOrigins } = config;
  const forScripts: FastifyCorsOptions = {
    origin: corsOrigins === 'loopback' ? LOOPBACK_ORIGIN : corsOrigins.length === 0 ? false : [...corsOrigins],
    methods: ['GET', 'POST', 'PUT', 'DELETE'],
    exposedHeaders: ['X-Request-Id', 'Retry-After', 'ETag'],
    maxAge: PREFLIGHT_LIFETIME_SECONDS,
    strictPreflight: false,
  };
  const forNobody: FastifyCorsOptions = { ...forScripts, origin: false };
  return (request: FastifyRequest, decide: (error: Error | null, options: FastifyCorsOptions) => void): void =>
    decide(null, NAVIGATION.test(request.url) ? forNobody : forScripts);
}
