import { CUSTOMER_ID, home, ron, seconds } from './example-shop.js';

const ORDER_ID = '9a4bd9d5-9dd1-4b37-a49f-3ad6b1f5b6d2';
const ITEM_ID = '700c1f2e-6f0a-4d1c-8f3e-9c5f7a1b2c3d';
const CART_ITEM_ID = '2097d3a8-6c0e-4b55-8d7f-0b9a5c6e4f12';

const whole = { amount: 350_000, currency: 'USD', formatted: '$3,500.00' };
const nothing = { amount: 0, currency: 'USD', formatted: '$0.00' };
const wholeOfItem = { unit: whole, value: whole };
const nothingOfItem = { unit: nothing, value: nothing };

const item = {
  type: 'order_item',
  name: 'Gas Range',
  sku: 'GR-1',
  quantity: 1,
  unit_price: { amount: 350_000, currency: 'USD', includes_tax: false },
};

const billingAddress = { ...home, region: '', postcode: 'SU33 1YY' };

/** Orders as a service writes them and as they are answered, by the names of their schemas. */
export const ORDER_EXAMPLES: Readonly<Record<string, object>> = {
  CreateOrder: {
    data: { type: 'order', order_number: '1042', customer: { id: CUSTOMER_ID }, included: { items: [item] } },
  },
  UpdateOrder: { data: { type: 'order', payment: 'paid', shipping: 'fulfilled' } },
  AnonymizeOrders: { data: { order_ids: [ORDER_ID] } },
  Order: {
    type: 'order',
    id: ORDER_ID,
    order_number: '1042',
    external_ref: null,
    status: 'complete',
    payment: 'paid',
    shipping: 'fulfilled',
    anonymized: false,
    customer: { id: CUSTOMER_ID, ...ron },
    shipping_address: { ...billingAddress, phone_number: '5551234567', instructions: 'Leave behind the bins' },
    billing_address: billingAddress,
    links: {},
    meta: {
      display_price: {
        with_tax: whole,
        without_tax: whole,
        tax: nothing,
        discount: nothing,
        balance_owing: nothing,
        paid: whole,
        authorized: nothing,
        without_discount: whole,
      },
      ...seconds,
      is_manual: true,
    },
    relationships: {
      items: { data: [{ type: 'item', id: ITEM_ID }] },
      customer: { data: { type: 'customer', id: CUSTOMER_ID } },
    },
  },
  OrderItem: {
    ...item,
    id: ITEM_ID,
    product_id: '',
    value: item.unit_price,
    links: {},
    meta: {
      display_price: {
        with_tax: wholeOfItem,
        without_tax: wholeOfItem,
        tax: nothingOfItem,
        discount: nothingOfItem,
        without_discount: wholeOfItem,
      },
      ...seconds,
    },
    relationships: { cart_item: { data: { type: 'cart_item', id: CART_ITEM_ID } } },
  },
};
