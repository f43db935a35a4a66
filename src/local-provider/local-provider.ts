import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { inspect } from 'node:util';
import type Provider from 'oidc-provider';
import { StartupError } from '../errors/startup-error.js';
import { ProviderMemory } from './memory-adapter.js';
import { clientMetadata, providerConfiguration } from './provider-configuration.js';
import { answeredSignIn } from './sign-in.js';

export interface LocalProviderOptions {
  readonly host: string;
  /** Tried in turn; 0 takes any free one. */
  readonly ports: readonly number[];
  /** Where browser and service reach it. Null: `http://localhost` with the port that was taken. */
  readonly issuer: string | null;
}

/** An OpenID Provider for development: two people, no passwords, everything in memory. Never for real customers. */
export interface LocalProvider {
  readonly issuer: string;
  readonly discoveryUrl: string;
  readonly clientId: string;
  /** New at each start. */
  readonly clientSecret: string;
  /** Where sign-ins may return to. Until this is told there is no client. */
  setRedirectUri(redirectUri: string): void;
  close(): Promise<void>;
}

const CLIENT_ID = 'gatehouse';

/** @throws StartupError where `oidc-provider`, an optional package, is not installed or no port can be had */
export async function startLocalProvider({ host, ports, issuer }: LocalProviderOptions): Promise<LocalProvider> {
  const memory = new ProviderMemory();
  const [library, configuration] = await Promise.all([loadLibrary(), providerConfiguration(memory)]);
  const server = await listen(host, ports);
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const name = issuer ?? `http://localhost:${port}`;
  const provider = new library.default(name, configuration);
  provider.on('server_error', (_, cause) => tell(cause));
  let ready = false;
  server.on(
    'request',
    answering(provider, () => ready),
  );

  const clientSecret = randomBytes(32).toString('base64url');
  return {
    issuer: name,
    discoveryUrl: `${name}/.well-known/openid-configuration`,
    clientId: CLIENT_ID,
    clientSecret,
    setRedirectUri(redirectUri) {
      ready = true;
      void memory.adapter('Client').upsert(CLIENT_ID, clientMetadata(CLIENT_ID, clientSecret, redirectUri));
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function loadLibrary(): Promise<typeof import('oidc-provider')> {
  try {
    return await import('oidc-provider');
  } catch (cause) {
    const absent = cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND';
    if (!absent) throw cause;
    throw new StartupError('The optional package oidc-provider is not installed: run `npm ci`', { cause });
  }
}

async function listen(host: string, ports: readonly number[]): Promise<Server> {
  let failure: unknown;
  for (const port of ports) {
    const server = createServer();
    try {
      server.listen({ port, host, exclusive: true });
      await once(server, 'listening');
      return server;
    } catch (cause) {
      failure = cause;
    }
  }
  const reason = failure instanceof Error ? failure.message : 'no port was named';
  throw new StartupError(`The local OpenID Provider cannot listen on ${host}: ${reason}`, { cause: failure });
}

function answering(provider: Provider, isReady: () => boolean): RequestListener {
  const protocol = provider.callback();
  return (request, response) => {
    if (request.url === '/health/ready') {
      response.writeHead(isReady() ? 200 : 503).end();
      return;
    }
    answeredSignIn(provider, request, response).then(
      (answered) => (answered ? undefined : protocol(request, response)),
      (cause: unknown) => {
        tell(cause);
        response.destroy();
      },
    );
  };
}

/** A failure of the provider itself, which its user would otherwise see as a bare error page. */
function tell(cause: unknown): void {
  process.stderr.write(`The local OpenID Provider failed: ${inspect(cause)}\n`);
}
