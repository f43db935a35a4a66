/** Ron Swanson and his address are those of the vendor's own pages, so that a reader of both finds what they know. */
export const ron = { name: 'Ron Swanson', email: 'ron@swanson.com' };
export const home = {
  first_name: 'Ron',
  last_name: 'Swanson',
  company_name: 'Ron Swanson Enterprises',
  line_1: '1 Sunny Street',
  line_2: '',
  city: 'Sunny Town',
  county: 'Sunnyville',
  country: 'US',
};
export const CUSTOMER_ID = 'c8c1c511-beef-4812-9b7a-9f92c587217c';
export const STORE_ID = '5c2f1e0a-7d3b-4c1e-9a52-1f0b8c6d4e21';
export const SERVICE = 'https://accounts.shop.test';

export const seconds = { timestamps: { created_at: '2017-12-01T12:13:23Z', updated_at: '2017-12-01T12:13:23Z' } };
export const milliseconds = { created_at: '2017-12-01T12:13:23.513Z', updated_at: '2017-12-01T12:13:23.513Z' };
