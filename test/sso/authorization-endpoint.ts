import { type IncomingHttpHeaders, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect } from 'vitest';
import type { TestApp } from '../harness/app.js';
import type { SignIn } from '../harness/identity-provider/sign-in.js';

export interface ExactAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What a parameter is to be instead: null leaves it out, a list repeats it. */
export type Changes = Readonly<Record<string, string | null | readonly string[]>>;

/** Any challenge that has the form of one. */
export const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';

/** The authorization endpoint of a realm, asked character by character: what makes URLs for a test would mend them, too. */
export class AuthorizationEndpoint {
  readonly path: string;
  private readonly app: TestApp;

  constructor(private readonly signIn: SignIn) {
    this.app = signIn.shop.app;
    this.path = new URL(signIn.authorizationEndpoint).pathname;
  }

  /** What a storefront sends, percent-encoded, with changes. */
  query(changes: Changes = {}): string {
    const usual = {
      elasticpath_commerce_cloud_profile_id: this.signIn.profileId,
      client_id: 'customers',
      redirect_uri: this.signIn.redirectUri,
      response_type: 'code',
      scope: 'openid email',
      state: 'a-state',
      code_challenge: CHALLENGE,
      code_challenge_method: 'S256',
    };
    return Object.entries<string | null | readonly string[]>({ ...usual, ...changes })
      .flatMap(([name, value]) => (value === null ? [] : [value].flat().map((each) => [name, each] as const)))
      .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
      .join('&');
  }

  ask(changes: Changes = {}): Promise<ExactAnswer> {
    return this.askExactly(this.query(changes));
  }

  /** @param query as it goes out */
  askExactly(query: string, { path = this.path, method = 'GET' } = {}): Promise<ExactAnswer> {
    return requestExactly(this.app, `${path}?${query}`, method);
  }

  /** How many sign-ins of the profile are stored. */
  flows(): Promise<number> {
    const { shop, profileId } = this.signIn;
    return this.app.database.prisma.ssoFlow.count({ where: { storeId: shop.storeId, profileId } });
  }
}

/** @param target path and query; blanks, controls and what is not Latin-1 cannot be sent */
export function requestExactly(
  { origin }: Pick<TestApp, 'origin'>,
  target: string,
  method = 'GET',
  headers: Readonly<Record<string, string>> = {},
): Promise<ExactAnswer> {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path: target, method, headers: { ...headers } }, (answer) => {
      text(answer).then(
        (body) => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body }),
        (error: unknown) => reject(error as Error),
      );
    });
    sent.on('error', reject);
    sent.end();
  });
}

/** The headers that decide what a browser does with an answer; a name that is missing was not sent. */
export function browserHeadersOf({ headers }: Pick<ExactAnswer, 'headers'>): Partial<IncomingHttpHeaders> {
  const names = [
    'location',
    'set-cookie',
    'content-type',
    'cache-control',
    'referrer-policy',
    'x-content-type-options',
  ];
  return Object.fromEntries(names.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]])));
}

/** Headers of every answer that sends the browser somewhere. */
export const REDIRECT_HEADERS = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/** The whole answer to a request that names nowhere safe to go: no redirect, no cookie. */
export function expectUnsafe(answer: ExactAnswer, field: string, value: string): void {
  const description = `The field [${field}] with value [${value}] is invalid.`;
  expect(JSON.parse(answer.body)).toEqual({
    error: 'invalid_request',
    errorDescription: description,
    error_description: description,
  });
  expect(answer.status).toBe(400);
  expect(browserHeadersOf(answer)).toEqual({ ...REDIRECT_HEADERS, 'content-type': 'application/json; charset=utf-8' });
}

/** The whole answer to a fault that the storefront is told of at its own URL: no cookie. */
export function expectFault(answer: ExactAnswer, location: string): void {
  expect(browserHeadersOf(answer)).toEqual({ ...REDIRECT_HEADERS, location });
  expect(answer.status).toBe(307);
  expect(answer.body).toBe('');
}
