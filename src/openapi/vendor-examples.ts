import type { JsonSchema } from './schema-components.js';

/** Ron Swanson and his address are those of the vendor's own pages, so that a reader of both finds what they know. */
const CUSTOMER_ID = 'c8c1c511-beef-4812-9b7a-9f92c587217c';
const TOKEN_ID = '36f05940-0d38-411a-8909-3aea58bc1f09';
const ADDRESS_ID = 'a3cbe1e6-d362-466a-986b-5035f04dbbcd';
const ORDER_ID = '9a4bd9d5-9dd1-4b37-a49f-3ad6b1f5b6d2';
const ITEM_ID = '700c1f2e-6f0a-4d1c-8f3e-9c5f7a1b2c3d';
const PROFILE_ID = '2d0e6a5c-5a3f-4a1e-9d59-0f0c1a7e8b90';

const ron = { name: 'Ron Swanson', email: 'ron@swanson.com' };

const address = {
  name: 'Home',
  first_name: 'Ron',
  last_name: 'Swanson',
  company_name: 'Ron Swanson Enterprises',
  line_1: '1 Sunny Street',
  line_2: '',
  city: 'Sunny Town',
  county: 'Sunnyville',
  country: 'US',
  instructions: 'Leave behind the bins',
};

const seconds = { timestamps: { created_at: '2017-12-01T12:13:23Z', updated_at: '2017-12-01T12:13:23Z' } };
const milliseconds = { created_at: '2017-12-01T12:13:23.513Z', updated_at: '2017-12-01T12:13:23.513Z' };

const item = {
  type: 'order_item',
  name: 'Gas Range',
  sku: 'GR-1',
  quantity: 1,
  unit_price: { amount: 350_000, currency: 'USD', includes_tax: false },
};

const EXAMPLES: Readonly<Record<string, object>> = {
  AccessTokenRequest: { grant_type: 'implicit', client_id: 'gatehouse' },
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
    links: { self: `https://accounts.shop.test/v2/addresses/${ADDRESS_ID}` },
    meta: { timestamps: milliseconds },
    relationships: { customer: { data: { type: 'customer', id: CUSTOMER_ID } } },
  },
  CreateOrder: {
    data: { type: 'order', order_number: '1042', customer: { id: CUSTOMER_ID }, included: { items: [item] } },
  },
  UpdateOrder: { data: { type: 'order', payment: 'paid', shipping: 'fulfilled' } },
  OrderItem: {
    ...item,
    id: ITEM_ID,
    product_id: '',
    value: item.unit_price,
    links: {},
    meta: {
      display_price: {
        with_tax: priced(350_000),
        without_tax: priced(350_000),
        tax: priced(0),
        discount: priced(0),
        without_discount: priced(350_000),
      },
      ...seconds,
    },
  },
  AnonymizeOrders: { data: { order_ids: [ORDER_ID] } },
  UpdateStoreSettings: { data: { type: 'store-settings', page_length: 50 } },
  CreateApplicationKey: { data: { type: 'application-key', name: 'Web shop', preset: 'storefront' } },
  UpdateApplicationKey: { data: { type: 'application-key', name: 'Web shop, Europe' } },
  RotateApplicationKey: { data: { overlap_seconds: 3_600 } },
  UpdateRealm: { data: { redirect_uris: ['https://shop.test/login/done'], duplicate_email_policy: 'api_only' } },
  CreateOidcProfile: {
    data: {
      type: 'oidc-profile',
      name: 'Staff directory',
      discovery_url: 'https://login.shop.test/.well-known/openid-configuration',
      client_id: 'gatehouse',
      client_secret: 'as the provider gave it',
    },
  },
  UpdateOidcProfile: { data: { type: 'oidc-profile', email_trust: 'always' } },
  CreateUserAuthenticationInfo: { data: { type: 'user_authentication_info', ...ron } },
  UpdateUserAuthenticationInfo: { data: { given_name: 'Ron', family_name: 'Swanson' } },
  CreateUserAuthenticationOidcProfileInfo: {
    data: { type: 'user_authentication_oidc_profile_info', subject: '1024', oidc_profile_id: PROFILE_ID },
  },
  UpdateUserAuthenticationOidcProfileInfo: { data: { subject: '1025' } },
};

function priced(amount: number) {
  const money = { amount, currency: 'USD', formatted: amount === 0 ? '$0.00' : '$3,500.00' };
  return { unit: money, value: money };
}

/** Puts the examples with the schemas that they are examples of. An example of no schema is a mistake. */
export function addExamples(schemas: Record<string, JsonSchema>): void {
  for (const [name, example] of Object.entries(EXAMPLES)) {
    const schema = schemas[name];
    if (schema === undefined) throw new Error(`no schema has the name ${name}`);
    schemas[name] = { ...schema, examples: [example] };
  }
}
