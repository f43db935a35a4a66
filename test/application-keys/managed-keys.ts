import type {
  ApplicationKeyResource,
  ApplicationKeyWithSecretResource,
} from '../../src/application-keys/application-keys.contract.js';
import type { Shop, TestKey } from '../harness/shop.js';

export const PATH = '/v2/application-keys';

type Headers = Record<string, string>;

/** Makes a key through the interface. */
export async function createKey(
  shop: Shop,
  members: object,
  headers?: Headers,
): Promise<ApplicationKeyWithSecretResource> {
  const answer = await shop.app.http
    .post(PATH)
    .set(headers ?? (await shop.service()))
    .send({ data: { type: 'application-key', name: 'A key', ...members } });
  if (answer.status !== 201) throw new Error(answer.text);
  return (answer.body as { data: ApplicationKeyWithSecretResource }).data;
}

export function asTestKey(key: ApplicationKeyResource, clientSecret: string): TestKey {
  return { keyId: key.id, clientId: key.client_id, clientSecret };
}

/** Status of a request for a token with client credentials. */
export async function tokenStatus(http: Shop['app']['http'], clientId: string, clientSecret: string): Promise<number> {
  const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret };
  const { status } = await http.post('/oauth/access_token').type('form').send(form);
  return status;
}

/** SHA-256 of every stored secret of a key, in hex, newest first, and when each ends. */
export async function storedSecrets(shop: Shop, keyId: string): Promise<{ hash: string; retiredAt: Date | null }[]> {
  const rows = await shop.app.database.prisma.applicationKeySecret.findMany({
    where: { storeId: shop.storeId, keyId },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
  });
  return rows.map(({ secretHash, retiredAt }) => ({ hash: Buffer.from(secretHash).toString('hex'), retiredAt }));
}
