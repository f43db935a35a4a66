import { attribute, attributesOf, required } from '../jsonapi/attributes.js';

/** The members of an address that a writer gives. */
export const addressAttributes = attributesOf('address', [
  attribute('string', 'name', 'Name', 'What the customer calls the address.'),
  required(attribute('string', 'first_name', 'First name', 'Of whoever is found there.')),
  required(attribute('string', 'last_name', 'Last name', 'Of whoever is found there.')),
  attribute('string', 'phone_number', 'Phone number', 'Kept as text; a number is taken too.'),
  attribute('string', 'company_name', 'Company name', 'Of a business.'),
  required(attribute('string', 'line_1', 'Line 1', 'Street and number.')),
  attribute('string', 'line_2', 'Line 2', 'What does not fit into the first line.'),
  attribute('string', 'city', 'City', 'The town or city.'),
  required(attribute('string', 'county', 'County', 'The district; a region may be given instead.')),
  attribute('string', 'region', 'Region', 'The state, province or region.'),
  required(attribute('string', 'postcode', 'Postcode', 'The postal code.')),
  required(attribute('string', 'country', 'Country', 'As the store writes countries; codes are not checked.')),
  attribute('string', 'instructions', 'Instructions', 'For whoever delivers.'),
]);
