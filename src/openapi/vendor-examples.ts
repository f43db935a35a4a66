import { CUSTOMER_ID, home, milliseconds, ron, seconds, SERVICE, STORE_ID } from './example-shop.js';
import { ORDER_EXAMPLES } from './order-examples.js';
import { REALM_EXAMPLES } from './realm-examples.js';
import type { JsonSchema } from './schema-components.js';

const TOKEN_ID = '36f05940-0d38-411a-8909-3aea58bc1f09';
const ADDRESS_ID = 'a3cbe1e6-d362-466a-986b-5035f04dbbcd';
const KEY_ID = 'd4c3b2a1-0f9e-4d8c-b7a6-5e4d3c2b1a09';

const address = { name: 'Home', ...home, instructions: 'Leave behind the bins' };

const applicationKey = {
  id: KEY_ID,
  type: 'application-key',
  name: 'Web shop',
  client_id: '1b5c0fd03207a424070683ea80e32076',
  grants: ['implicit'],
  permissions: ['customers:register', 'customers:read', 'customers:write', 'customer-tokens:create', 'orders:read'],
  meta: seconds,
};

const EXAMPLES: Readonly<Record<string, object>> = {
  AccessTokenRequest: { grant_type: 'implicit', client_id: 'gatehouse' },
  AccessToken: {
    access_token: 'eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJ0b2tlbl91c2UiOiJhY2Nlc3MifQ.c2lnbmF0dXJl',
    token_type: 'Bearer',
    identifier: 'implicit',
    expires: 1_510_684_200,
    expires_in: 3_600,
  },
  CreateCustomer: { data: { type: 'customer', ...ron, password: 'mysecretpassword' } },
  UpdateCustomer: { data: { password: 'mynewpassword' } },
  Customer: {
    id: CUSTOMER_ID,
    type: 'customer',
    ...ron,
    password: true,
    external_ref: null,
    authentication_mechanism: 'password',
    email_verified: false,
    meta: seconds,
  },
  CreateCustomerToken: { data: { type: 'token', email: ron.email, password: 'mysecretpassword' } },
  CustomerToken: {
    type: 'token',
    id: TOKEN_ID,
    customer_id: CUSTOMER_ID,
    token: 'eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJuYW1lIjoiUm9uIFN3YW5zb24ifQ.c2lnbmF0dXJl',
    expires: 1_510_684_200,
  },
  CreateAddress: { data: { type: 'address', ...address, post_code: 'SU33 1YY' } },
  UpdateAddress: { data: { type: 'address', instructions: 'Leave behind the bins.' } },
  Address: {
    id: ADDRESS_ID,
    type: 'address',
    ...address,
    phone_number: '',
    region: '',
    postcode: 'SU33 1YY',
    post_code: 'SU33 1YY',
    links: { self: `${SERVICE}/v2/addresses/${ADDRESS_ID}` },
    meta: { timestamps: milliseconds },
    relationships: { customer: { data: { type: 'customer', id: CUSTOMER_ID } } },
  },
  UpdateStoreSettings: { data: { type: 'store-settings', page_length: 50 } },
  StoreSettings: {
    id: STORE_ID,
    type: 'store-settings',
    registration: 'open',
    require_current_password: false,
    page_length: 50,
    address_limit: 25,
  },
  CreateApplicationKey: { data: { type: 'application-key', name: 'Web shop', preset: 'storefront' } },
  UpdateApplicationKey: { data: { type: 'application-key', name: 'Web shop, Europe' } },
  ApplicationKey: applicationKey,
  ApplicationKeyWithSecret: { ...applicationKey, client_secret: 'shown in this answer only' },
  RotateApplicationKey: { data: { overlap_seconds: 3_600 } },
  ...ORDER_EXAMPLES,
  ...REALM_EXAMPLES,
};

/** Puts the examples with the schemas that they are examples of. An example of no schema is a mistake. */
export function addExamples(schemas: Record<string, JsonSchema>): void {
  for (const [name, example] of Object.entries(EXAMPLES)) {
    const schema = schemas[name];
    if (schema === undefined) throw new Error(`no schema has the name ${name}`);
    schemas[name] = { ...schema, examples: [example] };
  }
}
