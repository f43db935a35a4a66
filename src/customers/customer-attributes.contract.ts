import { attribute, attributesOf, required } from '../jsonapi/attributes.js';

/** The members of a customer that a writer gives. */
export const customerAttributes = attributesOf('customer', [
  required(attribute('string', 'name', 'Name', 'The full name of the customer.')),
  required(
    attribute('string', 'email', 'Email', 'The address by which the customer logs in; one customer of a store has it.'),
  ),
  attribute('string', 'password', 'Password', 'What the customer logs in with. It is never shown.'),
  attribute(
    'string',
    'external_ref',
    'External reference',
    'What another system calls the customer; not unique; with client credentials only.',
  ),
  attribute(
    'boolean',
    'email_verified',
    'Email verified',
    'Whether somebody trusted has proven that the address is the customer’s; with client credentials only.',
  ),
]);
