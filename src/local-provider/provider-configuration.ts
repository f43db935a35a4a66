import { generateKeyPair, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import type { ClientMetadata, Configuration, JWK, KoaContextWithOIDC } from 'oidc-provider';
import type { ProviderMemory } from './memory-adapter.js';
import { errorPage, PAGE_HEADERS } from './pages.js';
import { accountOf, findPerson } from './people.js';
import { signInPath } from './sign-in.js';

const RSA_BITS = 2_048;
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const SCOPE = 'openid email profile';

/** Every setting that the library would warn about is made here: what it says on its own goes to standard output. */
export async function providerConfiguration(memory: ProviderMemory): Promise<Configuration> {
  return {
    adapter: memory.adapter,
    jwks: { keys: [await newSigningKey()] },
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    claims: {
      openid: ['sub'],
      email: ['email', 'email_verified'],
      profile: ['name', 'given_name', 'family_name'],
    },
    features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: false } },
    findAccount: (_, id) => {
      const person = findPerson(id);
      return person && accountOf(person);
    },
    interactions: { url: (_, interaction) => signInPath(interaction.uid) },
    loadExistingGrant: grantAll,
    clientBasedCORS: () => false,
    renderError: (context, { error, error_description }) => {
      context.set(PAGE_HEADERS);
      context.body = errorPage(error, error_description ?? '');
    },
    ttl: {
      AccessToken: HOUR,
      AuthorizationCode: MINUTE,
      IdToken: HOUR,
      Interaction: HOUR,
      Session: 12 * HOUR,
      Grant: 12 * HOUR,
    },
  };
}

/** The one client: the service, which authenticates with `client_secret_basic`. */
export function clientMetadata(clientId: string, clientSecret: string, redirectUri: string): ClientMetadata {
  return {
    client_id: clientId,
    client_secret: clientSecret,
    redirect_uris: [redirectUri],
    grant_types: ['authorization_code'],
    response_types: ['code'],
    scope: SCOPE,
  };
}

/** Consent is given by signing in. */
async function grantAll({ oidc }: KoaContextWithOIDC) {
  const { client, session, provider } = oidc;
  if (client === undefined || session?.accountId === undefined) return undefined;
  const grantId = session.grantIdFor(client.clientId);
  const known = grantId === undefined ? undefined : await provider.Grant.find(grantId);
  if (known !== undefined) return known;
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope(SCOPE);
  await grant.save();
  return grant;
}

/** New at each start: to whoever relies on the provider a start is a rotation of its keys. */
async function newSigningKey(): Promise<JWK> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: RSA_BITS });
  return {
    ...privateKey.export({ format: 'jwk' }),
    kid: randomBytes(8).toString('hex'),
    use: 'sig',
    alg: 'RS256',
  };
}
