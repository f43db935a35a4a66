import { OrderPayment, OrderShipping, OrderStatus } from '../database/enumerations.js';
import {
  comparableInteger,
  enumeration,
  exactText,
  type FilterField,
  type FilterFields,
  idEquality,
  moment,
  nullable,
  related,
  searchableText,
  truth,
} from '../jsonapi/filter-fields.js';
import type { FilterValue } from '../jsonapi/filter-reader.js';
import { fenced, type ListRules, type ListSource } from '../jsonapi/list-query.js';
import { ordered, type SortKeys } from '../jsonapi/sort.js';
import { type Sql, sql } from '../jsonapi/sql.js';
import { matchesPattern, type TextPattern, textPattern, wholeDomain } from '../jsonapi/text-patterns.js';
import { placeAmong } from '../jsonapi/word-places.js';
import type { DataScope } from '../scope/request-scope.js';
import { referenceStart } from './order-rows.js';

const FALSE = sql`FALSE`;
const customerId = sql`orders.customer_id`;
const reference = sql`orders.external_ref`;
const start = sql`orders.external_ref_start`;
const contactEmail = sql`orders.contact_email`;

/** Ids are written in lower case, whatever the filter has. */
const customerIdField: FilterField = {
  ...idEquality(customerId),
  like: ([value]) => (value === undefined ? FALSE : matchesId(value)),
  ilike: ([value]) => (value === undefined ? FALSE : matchesId(value)),
};

const ALL_ZEROS = '00000000-0000-0000-0000-000000000000';
const ALL_ONES = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
const PART_OF_ID = /^[0-9a-f-]*$/;

/** All ids that begin alike lie in one range, and a range is what the index on the column serves. */
function matchesId(value: FilterValue): Sql {
  const pattern = textPattern({ ...value, text: value.text.toLowerCase() });
  if (pattern.openStart) return matchesPattern(sql`${customerId}::text`, pattern);
  const first = `${pattern.text}${ALL_ZEROS.slice(pattern.text.length)}`;
  const last = `${pattern.text}${ALL_ONES.slice(pattern.text.length)}`;
  const isStartOfId = PART_OF_ID.test(pattern.text) && first.replace(/[^-]/g, '0') === ALL_ZEROS;
  if (!isStartOfId || (!pattern.openEnd && first !== pattern.text)) return FALSE;
  return sql`${customerId} BETWEEN ${first}::uuid AND ${last}::uuid`;
}

/** The start is asked for beside the whole, as that is the column with an index. */
const referenceField: FilterField = {
  eq: ([value]) => equalsReference(value?.text ?? ''),
  in: (values) => {
    const texts = values.map(({ text }) => text);
    return sql`${start} = ANY(${texts.map(referenceStart)}::text[]) AND ${reference} = ANY(${texts}::text[])`;
  },
  like: ([value]) => (value === undefined ? FALSE : matchesReference(textPattern(value))),
  ilike: ([value]) => (value === undefined ? FALSE : matchesPattern(reference, textPattern(value), 'any case')),
  is_null: () => sql`${start} IS NULL AND ${reference} IS NULL`,
};

function equalsReference(text: string): Sql {
  return sql`${start} = ${referenceStart(text)}::text AND ${reference} = ${text}::text`;
}

function matchesReference(pattern: TextPattern): Sql {
  if (pattern.openStart) return matchesPattern(reference, pattern);
  if (!pattern.openEnd) return equalsReference(pattern.text);
  const begin = matchesPattern(start, { ...pattern, text: referenceStart(pattern.text) });
  return sql`${begin} AND ${matchesPattern(reference, pattern)}`;
}

const itemsOfTheOrder = sql`order_items.store_id = orders.store_id AND order_items.order_id = orders.id`;

/** An attribute of the items: the order matches if one of them does. */
function ofAnItem(column: Sql): FilterField {
  return related(
    exactText(column),
    (condition) => sql`EXISTS (SELECT 1 FROM public.order_items WHERE ${itemsOfTheOrder} AND (${condition}))`,
  );
}

/** The same for a caller who may not see all orders: only items of the orders at hand are looked at, see `fenced`. */
function ofAnOwnItem(column: Sql): FilterField {
  return related(
    exactText(column),
    (condition) => sql`EXISTS (
      SELECT 1 FROM (SELECT * FROM public.order_items WHERE ${itemsOfTheOrder} OFFSET 0) AS order_items WHERE ${condition})`,
  );
}

/** As the writer has it, so `like` minds the case. What stands behind the `@` has a column and an index of its own. */
function emailField(column: Sql, domain: Sql): FilterField {
  const field = searchableText(column);
  const like: FilterField['like'] = (values) => {
    const [value] = values;
    const sought = value === undefined ? null : wholeDomain(textPattern(value));
    if (sought === null) return field.like(values);
    return sql`(${domain} = ${sought}::text OR ${domain} IS NULL) AND ${field.like(values)}`;
  };
  return { ...field, like };
}

function nullableText(column: Sql): FilterField {
  return nullable(column, searchableText(column));
}

const filters: FilterFields = {
  id: idEquality(sql`orders.id`),
  status: enumeration(sql`orders.status`, Object.values(OrderStatus)),
  payment: enumeration(sql`orders.payment`, Object.values(OrderPayment)),
  shipping: enumeration(sql`orders.shipping`, Object.values(OrderShipping)),
  currency: exactText(sql`orders.currency`),
  product_id: ofAnItem(sql`order_items.product_id`),
  product_sku: ofAnItem(sql`order_items.sku`),
  name: searchableText(sql`orders.customer_name`),
  email: emailField(sql`orders.customer_email`, sql`orders.customer_email_domain`),
  customer_id: nullable(customerId, customerIdField),
  account_id: nullableText(sql`orders.account_id`),
  account_member_id: nullableText(sql`orders.account_member_id`),
  'contact.name': nullableText(sql`orders.contact_name`),
  'contact.email': nullable(contactEmail, emailField(contactEmail, sql`orders.contact_email_domain`)),
  shipping_postcode: searchableText(sql`orders.shipping_postcode`),
  billing_postcode: searchableText(sql`orders.billing_postcode`),
  shipping_name: searchableText(sql`orders.shipping_name`),
  billing_name: searchableText(sql`orders.billing_name`),
  external_ref: referenceField,
  order_number: nullableText(sql`orders.order_number`),
  with_tax: comparableInteger(sql`orders.with_tax`),
  without_tax: comparableInteger(sql`orders.without_tax`),
  created_at: moment(sql`orders.created_at`, 'seconds'),
  updated_at: moment(sql`orders.updated_at`, 'seconds'),
  // Every order was written through the interface; none comes out of a cart.
  manual: truth(sql`TRUE`),
};

/** The states are sorted in the order in which an order goes through them. */
const sorts: SortKeys = {
  columns: {
    created_at: ordered(sql`orders.created_at`),
    payment: ordered(placeAmong(Object.values(OrderPayment), sql`orders.payment`)),
    shipping: ordered(placeAmong(Object.values(OrderShipping), sql`orders.shipping`)),
    status: ordered(placeAmong(Object.values(OrderStatus), sql`orders.status`)),
    with_tax: ordered(sql`orders.with_tax`),
    updated_at: ordered(sql`orders.updated_at`),
  },
  id: sql`orders.id`,
  byDefault: '-updated_at',
};

const ownFilters: FilterFields = {
  ...filters,
  product_id: ofAnOwnItem(sql`order_items.product_id`),
  product_sku: ofAnOwnItem(sql`order_items.sku`),
};

/** How orders can be filtered and sorted; the same names whoever asks. */
export const orderListRules: ListRules = { filters, sorts };

/** How the orders that the caller may see can be filtered and sorted. */
export function orderRules({ customer }: DataScope): ListRules {
  return customer === null ? orderListRules : { filters: ownFilters, sorts };
}

/** The orders that the caller may see: under a customer token the own ones. */
export function ordersIn({ storeId, customer }: DataScope): ListSource {
  const store = sql`orders.store_id = ${storeId}::uuid`;
  const id = sql`orders.id`;
  if (customer === null) return { from: sql`public.orders`, id, scope: store };
  // check: scope of the order list
  const own = sql`${store} AND ${customerId} = ${customer.customerId}::uuid`;
  return fenced({ from: sql`public.orders`, id, scope: own }, sql`orders`, sql`orders.updated_at DESC, orders.id DESC`);
}
