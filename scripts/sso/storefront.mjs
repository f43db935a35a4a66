import { createHash, randomBytes } from 'node:crypto';
import { send } from './browser.mjs';

/** The part of a storefront: it knows the public client id and nothing secret, and asks the service what it needs. */
export class Storefront {
  state = randomBytes(16).toString('base64url');
  codeVerifier = randomBytes(32).toString('base64url');

  constructor({ url, clientId, transcript }) {
    Object.assign(this, { url, clientId, transcript });
  }

  /** Gets an access token. @throws when nothing answers */
  async open() {
    const form = new URLSearchParams({ grant_type: 'implicit', client_id: this.clientId });
    const { access_token } = await this.#call('POST', '/oauth/access_token', { body: form });
    this.accessToken = access_token;
  }

  /** The `client_id` of authorization requests, and the profiles to choose from. */
  async options() {
    const { data } = await this.#call('GET', '/v2/settings/customer-authentication');
    const realm = data.relationships['authentication-realm'].data.id;
    const profiles = await this.#call('GET', `/v2/authentication-realms/${realm}/oidc-profiles`);
    return { clientId: data.meta.client_id, profiles: profiles.data };
  }

  /** Where the browser goes first. The link has a query already. */
  authorizationUrl(profile, clientId, redirectUri) {
    const url = new URL(profile.links['authorization-endpoint']);
    const parameters = {
      client_id: clientId,
      redirect_uri: redirectUri,
      response_type: 'code',
      scope: 'openid email profile',
      state: this.state,
      code_challenge: createHash('sha256').update(this.codeVerifier).digest('base64url'),
      code_challenge_method: 'S256',
    };
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    return url.href;
  }

  /**
   * What the browser came back with.
   *
   * @returns the code
   * @throws when it is an error, or the answer to another question
   */
  codeFrom(returned) {
    const { code, error, error_description, state } = Object.fromEntries(new URL(returned).searchParams);
    if (error !== undefined) throw new Error(`The sign-in failed: ${error} (${error_description})`);
    if (state !== this.state) throw new Error('The state is not the one that was sent');
    return code;
  }

  async redeem(code, redirectUri) {
    const data = {
      type: 'token',
      authentication_mechanism: 'oidc',
      oauth_authorization_code: code,
      oauth_redirect_uri: redirectUri,
      oauth_code_verifier: this.codeVerifier,
    };
    return (
      await this.#call('POST', '/v2/customers/tokens', { body: JSON.stringify({ data }), type: 'application/json' })
    ).data;
  }

  async customer({ customer_id, token }) {
    return this.#call('GET', `/v2/customers/${customer_id}`, { customerToken: token });
  }

  async #call(method, path, { body, type, customerToken } = {}) {
    const headers = {
      ...(this.accessToken === undefined ? {} : { authorization: `Bearer ${this.accessToken}` }),
      ...(type === undefined ? {} : { 'content-type': type }),
      ...(customerToken === undefined ? {} : { 'x-moltin-customer-token': customerToken }),
    };
    const url = `${this.url}${path}`;
    const answer = await send(url, { method, headers, ...(body === undefined ? {} : { body }) });
    this.transcript.request(method, url, answer.status);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} was refused: ${text}`);
    return JSON.parse(text);
  }
}
