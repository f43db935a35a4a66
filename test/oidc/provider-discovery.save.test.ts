import { gzipSync } from 'node:zlib';
import type { RequestListener } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sharedApp, type TestApp } from '../harness/app.js';
import { discoveryDocument } from '../harness/discovery-server.js';
import { expectError } from '../harness/error-answers.js';
import { givenRealm, profilesPath } from '../harness/given-realm.js';
import { LoopbackServers } from '../harness/loopback-servers.js';
import { givenShop, type Shop } from '../harness/shop.js';

const WELL_KNOWN = '/.well-known/openid-configuration';
const UNREACHABLE =
  'The discovery document, or an endpoint that it names, could not be reached at a public https address.';
const unusable = (fault: string) => `The discovery document could not be used: ${fault}.`;

type Change = (issuer: string) => Record<string, unknown>;
const is = (members: Record<string, unknown>) => (): Record<string, unknown> => members;

/** Members that replace those of a good document, and what the administrator is told. */
const INCONSISTENT: [name: string, change: Change, fault: string][] = [
  [
    'is that of another host',
    is({ issuer: 'https://accounts.example.test' }),
    'its issuer is not the one whose discovery_url this is',
  ],
  [
    'is that of a longer host',
    (issuer) => ({ issuer: `${issuer}0` }),
    'its issuer is not the one whose discovery_url this is',
  ],
  [
    'is that of another tenant',
    (issuer) => ({ issuer: `${issuer}/tenant` }),
    'its issuer is not the one whose discovery_url this is',
  ],
  [
    'is a template',
    (issuer) => ({ issuer: `${issuer}/{tenantid}` }),
    'its issuer is not the one whose discovery_url this is',
  ],
  [
    'has two slashes at its end',
    (issuer) => ({ issuer: `${issuer}//` }),
    'its issuer is not the one whose discovery_url this is',
  ],
  [
    'differs in case',
    (issuer) => ({ issuer: issuer.replace('http', 'HTTP') }),
    'its issuer is not the one whose discovery_url this is',
  ],
  [
    'is followed by a query',
    (issuer) => ({ issuer: `${issuer}?a=b` }),
    'its issuer is not the one whose discovery_url this is',
  ],
  ['has no issuer', is({ issuer: undefined }), 'issuer is missing or not valid'],
  ['has an issuer of null', is({ issuer: null }), 'issuer is missing or not valid'],
  ['has an issuer that is empty', is({ issuer: '' }), 'issuer is missing or not valid'],
  ['has an issuer that is a list', (issuer) => ({ issuer: [issuer] }), 'issuer is missing or not valid'],
  ['has an issuer with a blank', (issuer) => ({ issuer: `${issuer} ` }), 'issuer is missing or not valid'],
  [
    'has no authorization endpoint',
    is({ authorization_endpoint: undefined }),
    'authorization_endpoint is missing or not valid',
  ],
  ['has no token endpoint', is({ token_endpoint: undefined }), 'token_endpoint is missing or not valid'],
  ['has no key set', is({ jwks_uri: undefined }), 'jwks_uri is missing or not valid'],
  [
    'has an authorization endpoint that is a script',
    is({ authorization_endpoint: 'javascript:alert(1)' }),
    'authorization_endpoint must be an https URL',
  ],
  [
    'has an authorization endpoint with user information',
    is({ authorization_endpoint: 'https://a@idp.example.test/' }),
    'authorization_endpoint must be an https URL',
  ],
  [
    'has an authorization endpoint with a fragment',
    is({ authorization_endpoint: 'https://idp.example.test/#a' }),
    'authorization_endpoint must be an https URL',
  ],
  ['has a token endpoint that is relative', is({ token_endpoint: '/token' }), 'token_endpoint must be an https URL'],
  [
    'has a token endpoint that is a file',
    is({ token_endpoint: 'file:///etc/passwd' }),
    'token_endpoint must be an https URL',
  ],
  ['has a key set that is no URL', is({ jwks_uri: 'keys' }), 'jwks_uri must be an https URL'],
  [
    'has a userinfo endpoint that is FTP',
    is({ userinfo_endpoint: 'ftp://idp.example.test/' }),
    'userinfo_endpoint must be an https URL',
  ],
  [
    'has a userinfo endpoint that is a number',
    is({ userinfo_endpoint: 7 }),
    'userinfo_endpoint is missing or not valid',
  ],
  [
    'offers ID tokens by HS256 only',
    is({ id_token_signing_alg_values_supported: ['HS256'] }),
    'the provider signs ID tokens by no algorithm with a public key',
  ],
  [
    'offers ID tokens by `none` only',
    is({ id_token_signing_alg_values_supported: ['none'] }),
    'the provider signs ID tokens by no algorithm with a public key',
  ],
  [
    'offers ID tokens by nothing',
    is({ id_token_signing_alg_values_supported: [] }),
    'the provider signs ID tokens by no algorithm with a public key',
  ],
  [
    'offers ID tokens by a text',
    is({ id_token_signing_alg_values_supported: 'RS256' }),
    'id_token_signing_alg_values_supported is missing or not valid',
  ],
  [
    'takes private_key_jwt only',
    is({ token_endpoint_auth_methods_supported: ['private_key_jwt'] }),
    'the provider takes neither client_secret_basic nor client_secret_post',
  ],
  [
    'takes public clients only',
    is({ token_endpoint_auth_methods_supported: ['none'] }),
    'the provider takes neither client_secret_basic nor client_secret_post',
  ],
  [
    'takes client authentication by nothing',
    is({ token_endpoint_auth_methods_supported: [] }),
    'the provider takes neither client_secret_basic nor client_secret_post',
  ],
  [
    'offers no response type "code"',
    is({ response_types_supported: ['id_token', 'code id_token'] }),
    'the provider does not offer the response type "code"',
  ],
  [
    'offers response types that are numbers',
    is({ response_types_supported: [1] }),
    'response_types_supported.0 is missing or not valid',
  ],
];

const ACCEPTED: [name: string, change: Change][] = [
  ['ends with a slash, as that of Auth0', (issuer) => ({ issuer: `${issuer}/` })],
  ['names no userinfo endpoint', is({ userinfo_endpoint: undefined })],
  [
    'lists neither algorithms nor response types nor client authentication',
    is({ id_token_signing_alg_values_supported: undefined, response_types_supported: undefined }),
  ],
  ['offers symmetric algorithms, too', is({ id_token_signing_alg_values_supported: ['HS256', 'none', 'ES256'] })],
  ['takes client_secret_post only', is({ token_endpoint_auth_methods_supported: ['client_secret_post'] })],
  ['has an authorization endpoint with a query', is({ authorization_endpoint: 'https://idp.example.test/a?tenant=b' })],
  ['has members that nobody knows', is({ constructor: 1, mtls_endpoint_aliases: { token_endpoint: 'file:///x' } })],
];

const html = '<!doctype html><title>Sign in</title>';
const good = JSON.stringify(discoveryDocument('https://idp.example.test'));

/** Answers that are no discovery document, or none that was sent in time and in reason. */
const NO_DOCUMENTS: Record<string, RequestListener> = {
  'text that is not JSON': (_, response) => response.setHeader('content-type', 'application/json').end('{"issuer":'),
  'a page of HTML': (_, response) => response.setHeader('content-type', 'text/html').end(html),
  'an empty answer': (_, response) => response.end(),
  'a status of 404': (_, response) => response.writeHead(404).end(good),
  'a status of 500': (_, response) => response.writeHead(500).end(good),
  'a status of 201': (_, response) => response.writeHead(201).end(good),
  'a redirect to a good document': (_, response) => response.writeHead(302, { location: '/good' }).end(),
  '300 KiB': (_, response) => response.end(`${good}${' '.repeat(300 * 1024)}`),
  'a bomb': (_, response) => response.setHeader('content-encoding', 'gzip').end(gzipSync(' '.repeat(50_000_000))),
  'nothing, by cutting the connection': ({ socket }) => socket.destroy(),
  'nothing, ever': () => {},
};

describe('a discovery document that is read when a profile is written', () => {
  let app: TestApp;
  let shop: Shop;
  let path: string;
  let service: Record<string, string>;
  const servers = new LoopbackServers();

  beforeAll(async () => {
    app = await sharedApp();
    shop = await givenShop(app);
    path = profilesPath((await givenRealm(shop)).id);
    service = await shop.service();
  });
  beforeEach(() => app.database.prisma.oidcProfile.deleteMany({ where: { storeId: shop.storeId } }));
  afterEach(() => servers.endAll());
  afterAll(() => servers.endAll());

  const post = (discovery_url: string) =>
    app.http
      .post(path)
      .set(service)
      .send({ data: { name: 'Example IdP', client_id: 'idp-client', client_secret: 'secret', discovery_url } });
  const stored = () => app.database.prisma.oidcProfile.findMany({ where: { storeId: shop.storeId } });

  /** An issuer whose good document is changed in this way. */
  async function givenDocument(change: Change): Promise<string> {
    const issuer: string = await servers.http((_request, response) => {
      response.end(JSON.stringify({ ...discoveryDocument(issuer), ...change(issuer) }));
    });
    return issuer;
  }

  it.each(ACCEPTED)('is taken where it %s, and the issuer is stored as the document has it', async (_, change) => {
    const issuer = await givenDocument(change);
    const answer = await post(`${issuer}${WELL_KNOWN}`);
    expect([answer.status, answer.text]).toEqual([201, expect.any(String)]);
    expect(await stored()).toMatchObject([{ issuer: change(issuer)['issuer'] ?? issuer }]);
  });

  it.each(INCONSISTENT)('is refused where it %s, and the administrator is told', async (_, change, fault) => {
    const issuer = await givenDocument(change);
    expectError(await post(`${issuer}${WELL_KNOWN}`), 'discovery_failed', [{ detail: unusable(fault) }]);
    expect(await stored()).toEqual([]);
  });

  it.each(['[]', '"text"', 'null', '7', `[${good}]`])(
    'is refused where it is %s, and the administrator is told',
    async (body) => {
      const issuer = await servers.http((_request, response) => response.end(body));
      const fault = unusable('the document is missing or not valid');
      expectError(await post(`${issuer}${WELL_KNOWN}`), 'discovery_failed', [{ detail: fault }]);
      expect(await stored()).toEqual([]);
    },
  );

  it.each(Object.entries(NO_DOCUMENTS))(
    'is refused in always the same words where the provider answers %s',
    async (_, answer) => {
      const asked: (string | undefined)[] = [];
      const issuer = await servers.http((request, response) => {
        asked.push(request.url);
        answer(request, response);
      });
      expectError(await post(`${issuer}${WELL_KNOWN}`), 'discovery_failed', [{ detail: UNREACHABLE }]);
      expect(asked).toEqual([WELL_KNOWN]);
      expect(await stored()).toEqual([]);
    },
  );

  it('is refused in the same words where nobody listens', async () => {
    const issuer = await servers.refused();
    expectError(await post(`${issuer}${WELL_KNOWN}`), 'discovery_failed', [{ detail: UNREACHABLE }]);
  });

  it.each([
    '',
    '/',
    '/.well-known/openid-configuration/',
    '/.well-known/openid-configuration?a=b',
    '/.well-known/OpenID-Configuration',
    '/.well-known/openid-configuration#a',
  ])('is not asked for where the URL ends with "%s" instead', async (end) => {
    const asked: (string | undefined)[] = [];
    const issuer = await servers.http(({ url }, response) => {
      asked.push(url);
      response.end(good);
    });
    const fault = unusable(`discovery_url must be an https URL that ends with ${WELL_KNOWN}`);
    expectError(await post(`${issuer}${end}`), 'discovery_failed', [{ detail: fault }]);
    expect(asked).toEqual([]);
  });
});
