import { randomBytes } from 'node:crypto';
import { sha256 } from '../../../src/crypto/digest.js';
import type { Browser, Hop } from '../browser.js';
import { givenRealm } from '../given-realm.js';
import type { Shop } from '../shop.js';
import type { IdentityProvider } from './identity-provider.js';

export interface SignInSetting {
  /** Where the storefront is sent back to; `https://shop.example.test/cb` if not given. */
  readonly redirectUri?: string;
  readonly realm?: {
    readonly duplicate_email_policy?: 'allowed' | 'api_only';
    readonly unproven_email?: 'refuse' | 'reset';
  };
  readonly profile?: { readonly email_trust?: 'claim' | 'always' | 'never'; readonly discovery_url?: string };
}

/** What a storefront keeps of a sign-in that it began. */
export interface Begun {
  /** What the browser is sent to. */
  readonly url: string;
  readonly state: string;
  readonly verifier: string;
}

/** How a sign-in ended. */
export interface SignInResult extends Begun {
  /** Of the redirect to the storefront: `code` and `state`, or `error`, `error_description` and `state`. Empty: none came. */
  readonly parameters: Readonly<Record<string, string>>;
  /** The answer of the service that ended it. */
  readonly last: Hop;
  /** Its request id: `app.log.ofRequest(requestId)` is the line that says what happened. */
  readonly requestId: string;
  readonly hops: readonly Hop[];
}

/** A profile of a shop, and the storefront that logs its customers in through it. */
export class SignIn {
  constructor(
    readonly shop: Shop,
    readonly realmId: string,
    readonly profileId: string,
    readonly redirectUri: string,
    /** As the profile's links have them. */
    readonly authorizationEndpoint: string,
    readonly callbackEndpoint: string,
  ) {}

  /** @param parameters beside or instead of those that a storefront sends; null leaves one out */
  begin(parameters: Readonly<Record<string, string | null>> = {}): Begun {
    const state = randomBytes(16).toString('base64url');
    const verifier = randomBytes(32).toString('base64url');
    const url = new URL(this.authorizationEndpoint);
    const usual = {
      client_id: 'customers',
      redirect_uri: this.redirectUri,
      response_type: 'code',
      scope: 'openid email profile',
      state,
      code_challenge: sha256(verifier).toString('base64url'),
      code_challenge_method: 'S256',
    };
    for (const [name, value] of Object.entries({ ...usual, ...parameters })) {
      if (value === null) url.searchParams.delete(name);
      else url.searchParams.set(name, value);
    }
    return { url: url.href, state, verifier };
  }

  /**
   * The whole way: to the provider, through its forms if it has some, and back until the service sends the browser to the
   * storefront or shows it a page.
   *
   * @param person `sub` of who logs in, for the honest provider; the hostile one does not ask
   */
  async through(browser: Browser, person = '', begun: Begun = this.begin()): Promise<SignInResult> {
    const hops = await browser.follow(begun.url);
    // A login, a consent, and one more for a provider that asks again.
    for (let forms = 0; forms < 3; forms += 1) {
      const page = hops.at(-1);
      if (page === undefined || page.location !== null || !page.body.includes('<form method="post"')) break;
      const fields: Record<string, string> = page.body.includes('name="login"') ? { login: person } : {};
      hops.push(...(await browser.goOn(await browser.submit(page, fields))));
    }
    return this.ended(begun, hops);
  }

  /** Reads the end of a sign-in from the hops of a test that took them one by one. */
  ended(begun: Begun, hops: readonly Hop[]): SignInResult {
    const last = hops.at(-1);
    if (last === undefined) throw new Error('no request was made');
    const target = last.location?.startsWith(this.redirectUri) === true ? new URL(last.location) : null;
    const requestId = last.headers.get('x-request-id') ?? '';
    return { ...begun, hops, last, requestId, parameters: Object.fromEntries(target?.searchParams ?? []) };
  }

  /** The storefront exchanges its code: `POST /v2/customers/tokens`. Members of `data` can be replaced. */
  async redeem({ parameters, verifier }: SignInResult, members: Readonly<Record<string, unknown>> = {}) {
    const data = {
      type: 'token',
      authentication_mechanism: 'oidc',
      oauth_authorization_code: parameters['code'],
      oauth_redirect_uri: this.redirectUri,
      oauth_code_verifier: verifier,
      ...members,
    };
    return this.shop.app.http
      .post('/v2/customers/tokens')
      .set(await this.shop.implicit())
      .send({ data });
  }
}

/**
 * Registers a provider as a profile of the shop's realm, as an administrator does, and the profile's callback at the provider.
 * More profiles of one shop share its realm: later settings of the realm replace earlier ones.
 */
export async function givenSignIn(
  shop: Shop,
  provider: IdentityProvider,
  setting: SignInSetting = {},
): Promise<SignIn> {
  const { http } = shop.app;
  const redirectUri = setting.redirectUri ?? 'https://shop.example.test/cb';
  const headers = await shop.service();
  const realmId = await realmOf(shop);
  const realm = { redirect_uris: [redirectUri], ...setting.realm };
  await http.put(`/v2/authentication-realms/${realmId}`).set(headers).send({ data: realm }).expect(200);
  const profile = {
    type: 'oidc-profile',
    name: 'Test provider',
    discovery_url: provider.discoveryUrl,
    client_id: provider.clientId,
    client_secret: provider.clientSecret,
    ...setting.profile,
  };
  const created = await http
    .post(`/v2/authentication-realms/${realmId}/oidc-profiles`)
    .set(headers)
    .send({ data: profile })
    .expect(201);
  const { data, links } = created.body as { data: { id: string }; links: Record<string, string> };
  const [authorization = '', callback = ''] = [links['authorization-endpoint'], links['callback-endpoint']];
  provider.allowRedirectTo(callback);
  return new SignIn(shop, realmId, data.id, redirectUri, authorization, callback);
}

/** The realm of the shop's customers; made where the shop has none yet. */
async function realmOf(shop: Shop): Promise<string> {
  const { storeId, app } = shop;
  const found = await app.database.prisma.authenticationRealm.findFirst({
    where: { storeId },
    orderBy: [{ createdAt: 'asc' }],
  });
  return (found ?? (await givenRealm(shop))).id;
}
