import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a provider says of itself in its discovery document. */
export function discoveryDocument(issuer: string): Record<string, unknown> {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    userinfo_endpoint: `${issuer}/userinfo`,
    jwks_uri: `${issuer}/keys`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
  };
}

export interface DiscoveryServer {
  /** The issuer of this name. Any name will do. */
  issuer(name: string): string;
  discoveryUrl(name: string): string;
  /** Names whose documents were read, in order. */
  readonly reads: string[];
  /** Replaces the document of this name; null: there is none, 404. */
  publish(name: string, document: unknown): void;
  /** From now on the document of this name is answered when this settles. */
  delay(name: string, until: Promise<void>): void;
  stop(): Promise<void>;
}

/** Many providers at once that publish discovery documents, and nothing else. */
export async function startDiscoveryServer(): Promise<DiscoveryServer> {
  const reads: string[] = [];
  const documents = new Map<string, unknown>();
  const delays = new Map<string, Promise<void>>();
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [, name = ''] = /^\/([\w-]+)\/\.well-known\/openid-configuration$/.exec(request.url ?? '') ?? [];
    const document = documents.has(name) ? documents.get(name) : discoveryDocument(issuer(name));
    reads.push(name);
    await delays.get(name);
    response.writeHead(name === '' || document === null ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(document));
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const issuer = (name: string) => `http://127.0.0.1:${port}/${name}`;
  return {
    issuer,
    discoveryUrl: (name) => `${issuer(name)}/.well-known/openid-configuration`,
    reads,
    publish: (name, document) => void documents.set(name, document),
    delay: (name, until) => void delays.set(name, until),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
