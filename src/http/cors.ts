import type { FastifyCorsOptions } from '@fastify/cors';
import type { ServiceConfig } from '../config/config.js';

const LOOPBACK_ORIGIN = /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/;
const PREFLIGHT_LIFETIME_SECONDS = 600;

/**
 * Storefronts call from browsers. Origins are compared whole; any requested header is allowed, since the interface's clients
 * send many of their own; credentials are not, as tokens travel in headers that a page must set itself.
 */
export function corsOptions(config: ServiceConfig): FastifyCorsOptions {
  const { corsOrigins } = config;
  return {
    origin: corsOrigins === 'loopback' ? LOOPBACK_ORIGIN : corsOrigins.length === 0 ? false : [...corsOrigins],
    methods: ['GET', 'POST', 'PUT', 'DELETE'],
    exposedHeaders: ['X-Request-Id', 'Retry-After'],
    maxAge: PREFLIGHT_LIFETIME_SECONDS,
    strictPreflight: false,
  };
}
