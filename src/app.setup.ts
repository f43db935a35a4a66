import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import fastifyCors from '@fastify/cors';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { DestinationStream, Logger } from 'pino';
import { type FastifyInstance, type FastifyRequest, LogController } from 'fastify';
import { AccessTokenGuard } from './access/access-token.guard.js';
import { DefaultStore } from './access/default-store.js';
import { AppModule } from './app.module.js';
import { Clock } from './clock/clock.js';
import type { ServiceConfig } from './config/config.js';
import { AppError } from './errors/app-error.js';
import { refusalTypes } from './events/event-catalogue.js';
import { Startup } from './health/startup.js';
import { type JobSettings, jobSettings } from './jobs/job.js';
import { Jobs } from './jobs/jobs.js';
import { forgetMalformedContentType, parseBody } from './http/body-parser.js';
import { boundConnections, exemptKeptBodies } from './http/client-connections.js';
import { closeConnectionsAtTheEnd } from './http/closing-connections.js';
import { connectionLimits, connectionTimes } from './http/connection-limits.js';
import { corsOptions } from './http/cors.js';
import { createLogger, FrameworkLogger } from './http/logger.js';
import { parseQueryString } from './http/query-string.js';
import { decodableUrl } from './http/decodable-url.js';
import { answerFailure } from './http/error.filter.js';
import { refuseHeadFaults } from './http/head-faults.js';
import { adoptRawRequests } from './http/raw-requests.js';
import { logRequests, originOf } from './http/request-log.js';
import { recordRoutes } from './http/route-table.js';
import { answerBrokenConnection } from './http/broken-connection.js';
import { Refusals } from './outbox/refusals.js';
import { ServedDocument } from './openapi/served-document.js';

const BODY_LIMIT_BYTES = 102_400;
/** The longest filter that is read, 8 KB, is three times as long where every byte of it must be percent-encoded. */
const HEADERS_BYTES_MAX = 32_768;
/** A path parameter of any length is an unknown id, not an unknown route. The server's header limit bounds it. */
const PARAM_LENGTH_MAX = HEADERS_BYTES_MAX;

/** Tokens and personal data must not lie in caches; the few public answers say otherwise themselves. */
const SAFE_HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

/** What a caller may replace: time, where the log goes, and how work in the background is done. */
export interface AppParts {
  readonly clock?: Clock;
  readonly logStream?: DestinationStream;
  readonly jobs?: Partial<JobSettings>;
}

/**
 * Builds the service, connects it and begins to make it ready (`whenReady`). It does not listen yet.
 *
 * @throws StartupError for what the operator can mend
 */
export async function createApp(config: ServiceConfig, parts: AppParts = {}): Promise<NestFastifyApplication> {
  const logger = createLogger(config, parts.logStream);
  const clock = parts.clock ?? new Clock();
  const jobs = { ...jobSettings, ...parts.jobs };
  const adapter = new FastifyAdapter({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'request_id' }),
    bodyLimit: BODY_LIMIT_BYTES,
    genReqId: requestId,
    requestIdHeader: false,
    trustProxy: config.trustProxy,
    rewriteUrl: ({ url }: Pick<IncomingMessage, 'url'>) => decodableUrl(url ?? '/'),
    requestTimeout: connectionTimes.requestMs,
    keepAliveTimeout: connectionTimes.keepAliveMs,
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    http: {
      maxHeaderSize: HEADERS_BYTES_MAX,
      headersTimeout: connectionTimes.headMs,
      connectionsCheckingInterval: connectionTimes.lookEveryMs,
      // We refuse it ourselves: Node's own refusal has no body.
      requireHostHeader: false,
    },
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: PARAM_LENGTH_MAX, querystringParser: parseQueryString },
    clientErrorHandler: answerBrokenConnection,
  });
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.for(config, logger, clock, jobs), adapter, {
    bodyParser: false,
    abortOnError: false,
    logger: new FrameworkLogger(logger),
  });
  try {
    await configure(app, config, logger);
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
    app.get(ServedDocument).of(app);
    const startup = app.get(Startup);
    // Whoever waits for the start is told when it fails.
    startup.completed.then(() => app.get(Jobs).begin()).catch(() => {});
    await startup.begin();
  } catch (cause) {
    await app.close().catch(() => {});
    throw cause;
  }
  return app;
}

/** Settles when the service is ready; rejects with a `StartupError` when it never will be. */
export function whenReady(app: NestFastifyApplication): Promise<void> {
  return app.get(Startup).completed;
}

/** The id of the store that a deployment begins with. */
export function defaultStoreId(app: NestFastifyApplication): Promise<string> {
  return app.get(DefaultStore).id();
}

async function configure(app: NestFastifyApplication, config: ServiceConfig, logger: Logger): Promise<void> {
  const instance: FastifyInstance = app.getHttpAdapter().getInstance();
  boundConnections(instance.server, connectionLimits(config.databasePoolSize), logger);
  exemptKeptBodies(instance);
  adoptRawRequests(instance.server);
  logRequests(instance);
  countRefusals(instance, app);
  closeConnectionsAtTheEnd(instance);
  recordRoutes(instance);
  applyBodyLimits(instance, app);
  instance.removeAllContentTypeParsers();
  instance.addContentTypeParser('*', { parseAs: 'buffer' }, (request, body, done) => {
    try {
      done(null, parseBody(request, body as Buffer));
    } catch (cause) {
      if (!(cause instanceof AppError)) return done(cause as Error);
      // Told when it is known who asks (`ReadableRequestGuard`).
      request.bodyFault = cause;
      done(null);
    }
  });
  instance.addHook('onRequest', (_request, reply, done) => {
    void reply.headers(SAFE_HEADERS);
    done();
  });
  // check: heads of preflights
  refuseHeadFaults(instance, 'preflights');
  await instance.register(fastifyCors, () => corsOptions(config));
  refuseHeadFaults(instance, 'all');
  instance.addHook('onRequest', (request, reply, done) => {
    forgetMalformedContentType(request);
    if (request.url.startsWith('/health/') || app.get(Startup).isComplete) done();
    else answerFailure(new AppError('unavailable', { headers: { 'retry-after': '1' } }), request, reply);
  });
}

/** The line of a request says whether somebody was refused; the counts are made of it. */
function countRefusals(instance: FastifyInstance, app: NestFastifyApplication): void {
  const refusals = app.get(Refusals, { strict: false });
  instance.addHook('onResponse', (request, _reply, done) => {
    const { store_id: storeId, customer_id, reason, code, events = [] } = request.logFields;
    const type = refusalTypes.find((name) => events.includes(name));
    if (type !== undefined && storeId !== undefined) {
      const { clientAddress } = originOf(request);
      refusals.count({ storeId, type, reason: reason ?? code ?? '', accountId: customer_id ?? null, clientAddress });
    }
    done();
  });
}

/**
 * A route that declares `bodyLimitBytes` takes larger bodies than the others. Reading one is work, so its sender must be known
 * before.
 */
function applyBodyLimits(instance: FastifyInstance, app: NestFastifyApplication): void {
  instance.addHook('onRoute', (route) => {
    const { bodyLimitBytes } = (route.config ?? {}) as { bodyLimitBytes?: number };
    if (bodyLimitBytes === undefined) return;
    route.bodyLimit = bodyLimitBytes;
    route.onRequest = (request: FastifyRequest) => app.get(AccessTokenGuard).authenticate(request);
  });
}

/** Callers may bring an id that links their log with ours, in letters that cannot forge a log line. */
function requestId(request: Pick<IncomingMessage, 'headers'>): string {
  const brought = request.headers['x-request-id'];
  return typeof brought === 'string' && /^[A-Za-z0-9._-]{1,64}$/.test(brought) ? brought : randomUUID();
}
