import { z } from 'zod';
import { StartupError } from '../errors/startup-error.js';
import type { LocalProvider } from './local-provider.js';
import { PROFILE_NAME, WALK_REDIRECT_URI, type LocalSignIn } from './local-sign-in.js';

/** A running service, and an application key of it with every right. */
export interface Gatehouse {
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

const Grant = z.object({ access_token: z.string() });
const Settings = z.object({
  data: z.object({
    relationships: z.object({ 'authentication-realm': z.object({ data: z.object({ id: z.string() }) }) }),
  }),
});
const Realm = z.object({ data: z.object({ redirect_uris: z.array(z.string()) }) });
const Profiles = z.object({ data: z.array(z.object({ id: z.string(), name: z.string() })) });
const Profile = z.object({
  data: z.object({ id: z.string() }),
  links: z.object({ 'authorization-endpoint': z.string(), 'callback-endpoint': z.string() }),
});

type Call = <Answer>(method: string, path: string, answer: z.ZodType<Answer>, data?: object) => Promise<Answer>;

/**
 * Makes the provider an OIDC profile of the service's default store, and the service the provider's client. The profile of an earlier
 * start is found by its name and brought up to date: port and secret are new. What else a user has set stays.
 *
 * @throws StartupError with the service's own words when it refuses
 */
export async function registerAt(gatehouse: Gatehouse, provider: LocalProvider): Promise<LocalSignIn> {
  const call = await authenticated(gatehouse);
  const settings = await call('GET', '/v2/settings/customer-authentication', Settings);
  const realm = `/v2/authentication-realms/${settings.data.relationships['authentication-realm'].data.id}`;
  await allowRedirect(call, realm);

  const profiles = `${realm}/oidc-profiles`;
  const { data } = await call('GET', `${profiles}?page[limit]=100`, Profiles);
  const known = data.find(({ name }) => name === PROFILE_NAME);
  const profile = await call(
    known === undefined ? 'POST' : 'PUT',
    known === undefined ? profiles : `${profiles}/${known.id}`,
    Profile,
    {
      type: 'oidc-profile',
      name: PROFILE_NAME,
      discovery_url: provider.discoveryUrl,
      client_id: provider.clientId,
      client_secret: provider.clientSecret,
    },
  );
  provider.setRedirectUri(profile.links['callback-endpoint']);
  return {
    profileId: profile.data.id,
    discoveryUrl: provider.discoveryUrl,
    loginUrl: profile.links['authorization-endpoint'],
    redirectUri: WALK_REDIRECT_URI,
  };
}

/** What the user has allowed stays. */
async function allowRedirect(call: Call, realm: string): Promise<void> {
  const { redirect_uris } = (await call('GET', realm, Realm)).data;
  if (redirect_uris.includes(WALK_REDIRECT_URI)) return;
  const data = { type: 'authentication-realm', redirect_uris: [...redirect_uris, WALK_REDIRECT_URI] };
  await call('PUT', realm, Realm, data);
}

async function authenticated({ url, clientId, clientSecret }: Gatehouse): Promise<Call> {
  const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret };
  const { access_token } = await answerTo(
    'POST /oauth/access_token',
    fetch(`${url}/oauth/access_token`, { method: 'POST', body: new URLSearchParams(form) }),
    Grant,
  );
  return (method, path, answer, data) =>
    answerTo(
      `${method} ${path}`,
      fetch(`${url}${path}`, {
        method,
        headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' },
        ...(data === undefined ? {} : { body: JSON.stringify({ data }) }),
      }),
      answer,
    );
}

async function answerTo<Answer>(name: string, call: Promise<Response>, answer: z.ZodType<Answer>): Promise<Answer> {
  let response: Response;
  try {
    response = await call;
  } catch (cause) {
    throw new StartupError(`The local OpenID Provider does not reach the service for ${name}`, { cause });
  }
  const text = await response.text();
  if (response.ok) return answer.parse(JSON.parse(text));
  const hint = response.status === 422 ? ' (in production it refuses a provider on this machine)' : '';
  throw new StartupError(
    `The local OpenID Provider was not registered: ${name} answered ${response.status} ${text}${hint}`,
  );
}
