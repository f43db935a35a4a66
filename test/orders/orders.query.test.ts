import { beforeAll, describe, expect, it } from 'vitest';
import { sharedApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { givenShop, type Shop, type TestCustomer } from '../harness/shop.js';
import { givenOrder, itemMembers, type Members, setUpdatedAt } from './given-order.js';

type Headers = Record<string, string>;

const LONG = `${'é'.repeat(300)}-end`;

let shop: Shop;
let service: Headers;
let ann: TestCustomer;
/** By their order numbers; A was written first. */
const ids = new Map<string, string>();

const item = (product_id: string, sku: string, amount: number, currency = 'USD') =>
  itemMembers({ product_id, sku, unit_price: { amount, currency } });

const ORDERS: Readonly<Record<string, (annsId: string) => Members>> = {
  A: (id) => ({
    status: 'processing',
    payment: 'paid',
    shipping: 'fulfilled',
    customer: { id, name: 'Ann Example', email: 'ann+1@example.test' },
    account: { id: 'acc-1', member_id: 'mem-1' },
    contact: { name: 'Con Tact', email: 'con@example.test' },
    external_ref: 'erp-77',
    shipping_address: { first_name: 'Ann', last_name: 'Ship', postcode: 'ZZ1 1ZZ' },
    billing_address: { first_name: 'Ann', last_name: 'Bill', postcode: 'YY2 2YY' },
    meta: {
      timestamps: { created_at: '2025-03-01T10:00:00.900Z' },
      display_price: { tax: { amount: 100, currency: 'USD' } },
    },
    included: { items: [item('p-1', 'GR-1', 1_000), item('p-2', 'GR-2', 1)] },
  }),
  B: (id) => ({
    status: 'complete',
    payment: 'unpaid',
    shipping: 'unfulfilled',
    customer: { id, name: 'ann example', email: 'Ann+2@example.test' },
    external_ref: LONG,
    shipping_address: { first_name: '100%', postcode: 'ZZ9_' },
    meta: { timestamps: { created_at: '2025-03-01T10:00:01Z' } },
    included: { items: [item('p-2', 'GR-2', 500, 'EUR')] },
  }),
  C: () => ({
    status: 'cancelled',
    payment: 'refunded',
    customer: { name: 'Zoë (Quoted, "Name")', email: 'zoe@other.test' },
    external_ref: `${'é'.repeat(300)}-other`,
    meta: { timestamps: { created_at: '2025-04-01T00:00:00Z' } },
    included: { items: [item('p-3', 'GR*3', 2_000)] },
  }),
};

beforeAll(async () => {
  shop = await givenShop(await sharedApp());
  service = await shop.service();
  ann = await shop.customer();
  const other = await givenShop(shop.app);
  const othersAnn = await other.customer();
  for (const [number, members] of Object.entries(ORDERS)) {
    const order = await givenOrder(shop, { order_number: number, ...members(ann.id) });
    await setUpdatedAt(shop, order, new Date(Date.UTC(2026, 0, 1, 12, ids.size, 0, 500)));
    ids.set(number, order.data.id);
    await givenOrder(other, { order_number: number, ...members(othersAnn.id) });
  }
});

async function list(query: string, headers: Headers = service): Promise<{ numbers: string; total: number }> {
  const answer = await shop.app.http.get(`/v2/orders?${query}`).set(headers).expect(200);
  const { data, meta } = answer.body as { data: { order_number: string }[]; meta: { results: { total: number } } };
  return { numbers: data.map(({ order_number }) => order_number).join(''), total: meta.results.total };
}

const found = (numbers: string) => ({ numbers, total: numbers.length });

describe('GET /v2/orders?filter=', () => {
  it.each([
    ['eq(status,processing)', 'A'],
    ['neq(status,processing)', 'CB'],
    ['in(status,processing,complete)', 'BA'],
    ['eq(payment,refunded)', 'C'],
    ['eq(shipping,unfulfilled)', 'CB'],
    ['neq(shipping,unfulfilled)', 'A'],
    ['eq(currency,EUR)', 'B'],
    ['in(currency,EUR,USD)', 'CBA'],
    ['eq(product_id,p-2)', 'BA'],
    ['in(product_id,p-1,p-3)', 'CA'],
    ['eq(product_sku,GR-1)', 'A'],
    ['eq(product_sku,GR*3)', 'C'],
    ['eq(product_id,p-1):eq(product_sku,GR-2)', 'A'],
    ['eq(name,Ann Example)', 'A'],
    ['like(name,Ann*)', 'A'],
    ['like(name,*xample)', 'BA'],
    ['like(name,*nn Ex*)', 'A'],
    ['ilike(name,ANN*)', 'BA'],
    ['eq(name,"Zoë (Quoted, \\"Name\\")")', 'C'],
    ['eq(email,ann+1@example.test)', 'A'],
    ['eq(email,Ann+1@example.test)', ''],
    ['like(email,*@example.test)', 'BA'],
    ['like(email,*@Example.test)', ''],
    ['ilike(email,*@Example.test)', 'BA'],
    ['like(email,*@xample.test)', ''],
    ['like(email,*+1@example.test)', 'A'],
    ['like(email,*@example.test*)', 'BA'],
    ['like(email,*@*)', 'CBA'],
    ['like(email,*@)', ''],
    ['eq(account_id,acc-1)', 'A'],
    ['like(account_id,acc*)', 'A'],
    ['is_null(account_id)', 'CB'],
    ['eq(account_member_id,mem-1)', 'A'],
    ['ilike(account_member_id,*M-1)', 'A'],
    ['eq(contact.name,Con Tact)', 'A'],
    ['like(contact.email,con@*)', 'A'],
    ['like(contact.email,*@example.test)', 'A'],
    ['is_null(contact.email)', 'CB'],
    ['eq(shipping_postcode,ZZ1 1ZZ)', 'A'],
    ['like(shipping_postcode,ZZ*)', 'BA'],
    ['like(shipping_postcode,ZZ9_*)', 'B'],
    ['eq(billing_postcode,YY2 2YY)', 'A'],
    ['eq(shipping_name,Ann Ship)', 'A'],
    ['like(shipping_name,100%*)', 'B'],
    ['like(billing_name,*Bill)', 'A'],
    ['eq(external_ref,erp-77)', 'A'],
    ['in(external_ref,erp-77,nothing)', 'A'],
    ['like(external_ref,erp*)', 'A'],
    ['like(external_ref,ERP*)', ''],
    ['ilike(external_ref,ERP*)', 'A'],
    ['like(external_ref,*-7*)', 'A'],
    ['is_null(external_ref)', ''],
    ['eq(order_number,B)', 'B'],
    ['in(order_number,A,C)', 'CA'],
    ['like(order_number,*)', 'CBA'],
    ['gt(with_tax,1001)', 'C'],
    ['ge(with_tax,1001)', 'CA'],
    ['lt(with_tax,1001)', 'B'],
    ['le(without_tax,901)', 'BA'],
    ['gt(without_tax,901)', 'C'],
    // Moments are compared as they are shown: in whole seconds.
    ['eq(created_at,2025-03-01T10:00:00Z)', 'A'],
    ['gt(created_at,2025-03-01T10:00:00Z)', 'CB'],
    ['le(created_at,2025-03-01T10:00:00Z)', 'A'],
    ['ge(created_at,2025-04-01)', 'C'],
    ['lt(created_at,1743465600000)', 'BA'],
    ['eq(updated_at,2026-01-01T12:01:00Z)', 'B'],
    ['gt(updated_at,2026-01-01T12:00:00Z)', 'CB'],
    ['eq(manual,true)', 'CBA'],
    ['eq(manual,false)', ''],
    ['(eq(status,cancelled)|eq(currency,EUR))', 'CB'],
    ['eq(product_id,p-2):gt(with_tax,600)', 'A'],
  ])('%s finds %s of this store, and counts them', async (filter, numbers) => {
    expect(await list(`filter=${encodeURIComponent(filter)}`)).toEqual(found(numbers));
  });

  it('finds orders by a reference that is longer than what the index holds, as a whole and by its beginning', async () => {
    const search = (filter: string) => list(`filter=${encodeURIComponent(filter)}`);

    expect(await search(`eq(external_ref,${LONG})`)).toEqual(found('B'));
    expect(await search(`in(external_ref,${LONG},x)`)).toEqual(found('B'));
    expect(await search(`like(external_ref,${LONG})`)).toEqual(found('B'));
    expect(await search(`like(external_ref,${'é'.repeat(280)}*)`)).toEqual(found('CB'));
    expect(await search(`like(external_ref,${'é'.repeat(300)}-e*)`)).toEqual(found('B'));
    expect(await search(`eq(external_ref,${'é'.repeat(255)})`)).toEqual(found(''));
  });

  it('finds orders by the domain that an older version of the service has written without telling it apart', async () => {
    const crowd = await givenShop(shop.app);
    for (const number of ['1', '2']) {
      await givenOrder(crowd, { order_number: number, customer: { name: 'Ann', email: `ann@shop${number}.test` } });
    }
    const where = { storeId: crowd.storeId };
    await crowd.app.database.prisma.order.updateMany({ where, data: { customerDomain: null, contactDomain: null } });

    const headers = await crowd.service();
    expect(await list('filter=like(email,*@shop1.test)', headers)).toEqual(found('1'));
    expect(await list('filter=like(contact.email,*@shop1.test)', headers)).toEqual(found(''));
  });

  it('finds orders by their own id', async () => {
    const [a, b] = [ids.get('A') ?? '', ids.get('B') ?? ''];

    expect(await list(`filter=eq(id,${a})`)).toEqual(found('A'));
    expect(await list(`filter=eq(id,${a.toUpperCase()})`)).toEqual(found('A'));
    expect(await list(`filter=in(id,${a},${b},1042)`)).toEqual(found('BA'));
    expect(await list('filter=eq(id,1042)')).toEqual(found(''));
  });

  it('finds orders by the id of their customer, and by a part of it', async () => {
    const { id } = ann;

    for (const filter of [
      `eq(customer_id,${id})`,
      `in(customer_id,${id},1042)`,
      `like(customer_id,${id})`,
      `like(customer_id,${id.toUpperCase()})`,
      `like(customer_id,${id.slice(0, 20)}*)`,
      `ilike(customer_id,${id.slice(0, 23)}*)`,
      `like(customer_id,${id}*)`,
      `like(customer_id,*${id.slice(20)})`,
    ]) {
      expect([filter, await list(`filter=${filter}`)]).toEqual([filter, found('BA')]);
    }
    for (const filter of ['like(customer_id,x*)', 'like(customer_id,-*)', `like(customer_id,${id}0*)`]) {
      expect([filter, await list(`filter=${filter}`)]).toEqual([filter, found('')]);
    }
    expect(await list(`filter=like(customer_id,${id.slice(0, 20)})`)).toEqual(found(''));
    expect(await list('filter=like(customer_id,*)')).toEqual(found('BA'));
    expect(await list('filter=is_null(customer_id)')).toEqual(found('C'));
  });

  it('under a customer token, finds own orders only, whatever the filter says', async () => {
    const headers = await shop.as(ann);
    const bobs = await shop.as(await shop.customer());

    expect(await list('filter=(eq(status,cancelled)|like(order_number,*))', headers)).toEqual(found('BA'));
    expect(await list('filter=is_null(customer_id)', headers)).toEqual(found(''));
    expect(await list('filter=eq(product_id,p-2)&sort=created_at', headers)).toEqual(found('AB'));
    expect(await list(`filter=eq(customer_id,${ann.id})`, bobs)).toEqual(found(''));
  });

  it('keeps filter, sort and include in the links of the pages', async () => {
    const query = 'filter=eq(manual,true)&sort=with_tax&include=items';

    const { body } = await shop.app.http.get(`/v2/orders?${query}&page[limit]=2`).set(service).expect(200);

    const url = 'https://id.shop.example/v2/orders';
    expect((body as { links: unknown }).links).toEqual({
      current: `${url}?page[offset]=0&page[limit]=2&${query}`,
      first: `${url}?page[offset]=0&page[limit]=2&${query}`,
      last: `${url}?page[offset]=2&page[limit]=2&${query}`,
      next: `${url}?page[offset]=2&page[limit]=2&${query}`,
      prev: null,
    });
  });

  it.each([
    'eq(status,paid)',
    'like(status,comp*)',
    'gt(status,complete)',
    'like(currency,US*)',
    'like(product_id,p*)',
    'is_null(product_id)',
    'neq(name,Ann)',
    'gt(name,Ann)',
    'is_null(name)',
    'eq(with_tax,1000)',
    'gt(with_tax,9.5)',
    'like(created_at,2025*)',
    'eq(created_at,yesterday)',
    'gt(id,00000000-0000-0000-0000-000000000000)',
    'eq(manual,yes)',
    'eq(anonymized,true)',
    'eq(store_id,1)',
    'eq(version,1)',
    'eq(customer.email,ann@example.test)',
    'eq(constructor,1)',
    'like(external_ref)',
    'in(external_ref)',
  ])('%s, which is not offered, answers 400', async (filter) => {
    expectError(await shop.app.http.get(`/v2/orders?filter=${filter}`).set(service), 'filter_unsupported');
  });
});

describe('GET /v2/orders?sort=', () => {
  it.each([
    ['created_at', 'ABC'],
    ['-created_at', 'CBA'],
    ['updated_at', 'ABC'],
    ['-updated_at', 'CBA'],
    ['with_tax', 'BAC'],
    ['-with_tax', 'CAB'],
    ['status', 'ABC'],
    ['-status', 'CBA'],
    ['payment', 'BAC'],
    ['-payment', 'CAB'],
  ])('%s answers %s', async (sort, numbers) => {
    expect(await list(`sort=${sort}`)).toEqual(found(numbers));
  });

  it('of equal values, is by id, in the direction of the sort', async () => {
    const [b = '', c = ''] = [ids.get('B'), ids.get('C')];
    const rising = b < c ? 'BC' : 'CB';

    expect(await list('sort=shipping')).toEqual(found(`${rising}A`));
    expect(await list('sort=-shipping')).toEqual(found(`A${b < c ? 'CB' : 'BC'}`));
  });

  it.each(['id', 'name', 'order_number', 'without_tax', '--created_at', 'created_at,status', 'constructor'])(
    '%s, which is not offered, answers 400',
    async (sort) => {
      expectError(await shop.app.http.get(`/v2/orders?sort=${sort}`).set(service), 'sort_unsupported');
    },
  );
});
