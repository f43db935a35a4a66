import type { KeyObject } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { SignInRefusalReason } from '../../../src/errors/sign-in-refusal.js';
import type { Signer } from '../forged-tokens.js';

type Members = Readonly<Record<string, unknown>>;

/** An HTTP answer as it goes out. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** `reset`: the connection is cut without an answer; `silence`: none comes. */
export type Reply = Answer | 'reset' | 'silence';

/** A key pair of the provider, by the name that it has in the key set. */
export interface NamedKey {
  readonly kid: string;
  readonly alg: 'RS256' | 'ES256';
  readonly privateKey: KeyObject;
  readonly publicJwk: Readonly<Record<string, unknown>>;
}

/** What a lie may draw on. */
export interface World {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Seconds since the epoch, by the clock of the service. */
  readonly now: number;
  readonly key: NamedKey;
  /** The access token that goes beside the ID token. */
  readonly accessToken: string;
  /** Of the sign-ins before this one, the latest first. */
  readonly earlierNonces: readonly string[];
}

/** An ID token before it is signed. */
export interface IdTokenDraft {
  readonly header: Members;
  readonly payload: Members;
  readonly signer: Signer;
}

/** The same after a lie. A text is sent as it is, everything else as JSON. */
export interface ToldIdToken {
  readonly header: unknown;
  readonly payload: unknown;
  readonly signer: Signer;
}

/** Where a provider departs from the truth. Without a member it is honest there. */
export interface Deviation {
  /** How long the person takes to log in; the clock moves by this. */
  readonly loginSeconds?: number;
  readonly discovery?: (honest: Answer, world: World) => Reply;
  readonly jwks?: (honest: Answer, world: World) => Reply;
  /** The code that the browser brings back, in place of a random one. */
  readonly code?: (honest: string) => string;
  /** The URL that the browser is sent back to. */
  readonly redirect?: (honest: URL, world: World) => URL;
  readonly idToken?: (honest: IdTokenDraft, world: World) => ToldIdToken;
  /** The finished ID token. */
  readonly compact?: (honest: string, world: World) => unknown;
  readonly token?: (honest: Answer, world: World) => Reply;
  readonly userinfo?: (honest: Answer, world: World) => Reply;
}

/** How a provider is set up, lie or no lie. */
export interface HostileSetting {
  readonly alg: 'RS256' | 'ES256';
  /** Where email and name are told. By userinfo (the default) it shows whether a bad ID token ends the sign-in before that call. */
  readonly claimsIn: 'userinfo' | 'id_token';
  /** Members of the discovery document beside or instead of the usual ones. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** A way to deceive the service, and what must come of it. */
export interface Lie {
  /** Begins with the name of the OpenID Foundation's test module where one tests this. */
  readonly name: string;
  readonly deviation: Deviation;
  readonly setting: Partial<HostileSetting>;
  readonly reason: SignInRefusalReason;
  /** The `error` that the storefront gets, or `page`: nobody to send the browser back to, so 400 to the browser itself. */
  readonly answer: 'access_denied' | 'server_error' | 'temporarily_unavailable' | 'page';
}

type MembersOf = Members | ((world: World) => Members);

/** Sets claims of the ID token; `undefined` takes one away. */
export function claims(change: MembersOf): Deviation {
  return { idToken: (draft, world) => ({ ...draft, payload: { ...draft.payload, ...of(change, world) } }) };
}

/** Sets members of the ID token's header; `undefined` takes one away. It is signed with them. */
export function header(change: MembersOf): Deviation {
  return { idToken: (draft, world) => ({ ...draft, header: { ...draft.header, ...of(change, world) } }) };
}

/** Sets members of a JSON answer; `undefined` takes one away. */
export function members(change: MembersOf): (honest: Answer, world: World) => Answer {
  return (honest, world) => {
    const body = JSON.parse(honest.body.toString()) as Members;
    return { ...honest, body: JSON.stringify({ ...body, ...of(change, world) }) };
  };
}

/** Answers this JSON instead. A text is sent as it is. */
export function json(body: unknown, status = 200): () => Answer {
  return () => ({
    status,
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

/** What goes wrong at any endpoint: by a name, so that tables of lies can be made for each of them. */
export const brokenAnswers: Readonly<Record<string, (honest: Answer) => Reply>> = {
  'a status of 500': (honest) => ({ ...honest, status: 500 }),
  'a page of HTML': () => ({ status: 200, headers: { 'content-type': 'text/html' }, body: '<h1>Maintenance</h1>' }),
  'JSON that ends too early': (honest) => ({ ...honest, body: honest.body.toString().slice(0, -2) }),
  'an array': (honest) => ({ ...honest, body: `[${honest.body.toString()}]` }),
  '300 KiB': (honest) => ({
    ...honest,
    body: JSON.stringify({ ...(JSON.parse(honest.body.toString()) as Members), padding: ' '.repeat(300 * 1024) }),
  }),
  'a redirect to another host': () => ({ status: 302, headers: { location: 'http://127.0.0.2:1/' }, body: '' }),
  '8 MiB packed into 8 KiB': () => ({
    status: 200,
    headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    body: gzipSync(Buffer.alloc(8_388_608, ' ')),
  }),
  'a cut connection': () => 'reset',
};

function of(change: MembersOf, world: World): Members {
  return typeof change === 'function' ? change(world) : change;
}
