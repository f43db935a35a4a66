import type { World } from './world.js';

/** A form to an OAuth endpoint, and how its client proves itself. */
export interface FormVariant {
  readonly client:
    | 'in the form'
    | 'by Basic'
    | 'without a secret'
    | 'with a wrong secret'
    | 'unknown'
    | 'twice'
    | 'none';
  /** Overwrites the member that the endpoint is about; null leaves it out. */
  readonly subject?: string | null;
}

export const goodForms: readonly FormVariant[] = [{ client: 'in the form' }, { client: 'by Basic' }];

/** Each is refused, at both endpoints. */
export const badForms: readonly FormVariant[] = [
  { client: 'with a wrong secret' },
  { client: 'without a secret' },
  { client: 'unknown' },
  { client: 'twice' },
  { client: 'none' },
  { client: 'in the form', subject: null },
  { client: 'by Basic', subject: null },
];

/** @returns the fields of the form and the headers that go with it */
export function formOf(operationId: string, variant: FormVariant, { shop }: World) {
  const { clientId, clientSecret } = shop.key;
  const basic = (secret: string) => ({
    authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`,
  });
  const subject: Record<string, string> =
    operationId === 'createAccessToken' ? { grant_type: 'client_credentials' } : { token: 'any token' };
  const [name = ''] = Object.keys(subject);
  const fields = variant.subject === null ? {} : { [name]: variant.subject ?? subject[name] ?? '' };
  switch (variant.client) {
    case 'in the form':
      return { fields: { ...fields, client_id: clientId, client_secret: clientSecret }, headers: {} };
    case 'by Basic':
      return { fields, headers: basic(clientSecret) };
    case 'without a secret':
      return { fields: { ...fields, client_id: clientId }, headers: {} };
    case 'with a wrong secret':
      return { fields, headers: basic('not the secret') };
    case 'unknown':
      return { fields: { ...fields, client_id: 'nobody', client_secret: clientSecret }, headers: {} };
    case 'twice':
      return { fields: { ...fields, client_id: clientId, client_secret: clientSecret }, headers: basic(clientSecret) };
    case 'none':
      return { fields, headers: {} };
  }
}
