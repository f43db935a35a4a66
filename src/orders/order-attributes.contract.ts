import { OrderPayment, OrderShipping, OrderStatus } from '../database/enumerations.js';
import { attribute, attributesOf, choice } from '../jsonapi/attributes.js';

/** The members of an order that a writer gives, without prices and items. */
export const orderAttributes = attributesOf('order', [
  attribute('string', 'order_number', 'Order number', 'The number of the order as its customer knows it; not unique.'),
  attribute(
    'string',
    'external_ref',
    'External reference',
    'What the system that owns the order calls it; not unique.',
  ),
  choice('status', 'Status', 'How far the order is.', OrderStatus),
  choice('payment', 'Payment', 'How far the order is paid.', OrderPayment),
  choice('shipping', 'Shipping', 'Whether the order was sent.', OrderShipping),
  attribute(
    'object',
    'customer',
    'Customer',
    'Who placed the order: name and email, and the id where it is linked to a customer.',
  ),
  attribute('object', 'contact', 'Contact', 'Whom to ask about an order of a business account: name and email.'),
  attribute('object', 'shipping_address', 'Shipping address', 'Where the order is sent to.'),
  attribute('object', 'billing_address', 'Billing address', 'Where the invoice is sent to.'),
]);
