import { beforeAll, describe, expect, it } from 'vitest';
import { referenceStart } from '../../src/orders/order-rows.js';
import { sharedApp } from '../harness/app.js';
import { givenShop, type Shop } from '../harness/shop.js';
import { givenOrder, type Members } from './given-order.js';

let shop: Shop;

beforeAll(async () => {
  shop = await givenShop(await sharedApp());
});

async function searchedColumns(): Promise<Record<string, unknown>[]> {
  const { rows } = await shop.app.database.pool.query<Record<string, unknown>>(
    `SELECT external_ref_start, shipping_postcode, billing_postcode, shipping_name, billing_name
       FROM orders WHERE store_id = $1 ORDER BY order_number`,
    [shop.storeId],
  );
  return rows;
}

describe('the columns that orders are searched by', () => {
  it('hold what the addresses and the reference say', async () => {
    const reference = `${'😀'.repeat(300)}-end`;
    const orders: Members[] = [
      {},
      { external_ref: 'erp-77', shipping_address: { first_name: 'Ann', last_name: 'Example', postcode: 'ZZ1 1ZZ' } },
      { external_ref: reference, billing_address: { last_name: 'Example', postcode: ' YY2\t' } },
      { shipping_address: { first_name: ' Ann\t' }, billing_address: { first_name: 'Zoë', last_name: ' ' } },
    ];
    for (const [index, members] of orders.entries()) await givenOrder(shop, { ...members, order_number: `${index}` });
    const empty = {
      external_ref_start: null,
      shipping_postcode: '',
      billing_postcode: '',
      shipping_name: '',
      billing_name: '',
    };
    expect(await searchedColumns()).toEqual([
      empty,
      { ...empty, external_ref_start: 'erp-77', shipping_postcode: 'ZZ1 1ZZ', shipping_name: 'Ann Example' },
      {
        ...empty,
        external_ref_start: '😀'.repeat(255),
        billing_postcode: ' YY2\t',
        billing_name: 'Example',
      },
      { ...empty, shipping_name: ' Ann\t', billing_name: 'Zoë  ' },
    ]);
  });
});

describe('the columns with the domains of emails', () => {
  const EMAILS = [
    '',
    'ann@example.test',
    'Ann@Example.TEST',
    'no domain',
    'a@b@c.example',
    '@',
    'x@',
    '@d.example',
    'x@\\d%_',
  ];

  async function domains(of: Shop): Promise<unknown[]> {
    const { rows } = await of.app.database.pool.query<{ customer: unknown; contact: unknown }>(
      `SELECT customer_email_domain AS customer, contact_email_domain AS contact
         FROM orders WHERE store_id = $1 ORDER BY order_number`,
      [of.storeId],
    );
    return rows.map(({ customer, contact }) => [customer, contact]);
  }

  it('hold what stands behind the last @', async () => {
    const crowd = await givenShop(shop.app);
    for (const [index, email] of EMAILS.entries()) {
      const contact = { name: 'Con Tact', email: EMAILS.at(-1 - index) };
      await givenOrder(crowd, { order_number: `${index}`, customer: { name: 'Ann', email }, contact });
    }
    await givenOrder(crowd, { order_number: '9' });
    const expected = ['', 'example.test', 'Example.TEST', '', 'c.example', '', '', 'd.example', '\\d%_'];
    expect(await domains(crowd)).toEqual([
      ...expected.map((domain, index) => [domain, expected.at(-1 - index)]),
      ['', ''],
    ]);
  });
});

describe('referenceStart', () => {
  it('cuts behind 255 characters and through none', () => {
    expect(referenceStart('x'.repeat(256))).toBe('x'.repeat(255));
    expect(referenceStart('x'.repeat(255))).toBe('x'.repeat(255));
    expect(referenceStart(`x${'😀'.repeat(255)}`)).toBe(`x${'😀'.repeat(254)}`);
    expect(referenceStart('')).toBe('');
  });
});
