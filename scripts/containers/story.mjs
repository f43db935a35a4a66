import { strict as assert } from 'node:assert';
import { randomBytes } from 'node:crypto';

/**
 * What a shopper does: registers, logs in, reads the own addresses.
 *
 * @returns the customer and the token, for `readOwnAddresses`
 */
export async function registerAndLogIn(origin, { clientId, clientSecret }) {
  const access = await accessToken(origin, { grant_type: 'implicit', client_id: clientId });
  const person = { email: `ann.${randomBytes(8).toString('hex')}@example.com`, password: 'correct horse battery' };
  const customer = await call(201, `${origin}/v2/customers`, access, {
    type: 'customer',
    name: 'Ann Example',
    ...person,
  });
  const login = await call(200, `${origin}/v2/customers/tokens`, access, { type: 'token', ...person });
  assert.equal(login.data.customer_id, customer.data.id);
  const backEnd = await accessToken(origin, {
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
  });
  const { data } = await call(200, `${origin}/v2/customers/${customer.data.id}`, backEnd);
  assert.equal(data.email, person.email);
  return { id: customer.data.id, customerToken: login.data.token, clientId };
}

/** Whether a token of an earlier run still opens the customer's own address book: the keys that signed it are still there. */
export async function readOwnAddresses(origin, { id, customerToken, clientId }) {
  const access = await accessToken(origin, { grant_type: 'implicit', client_id: clientId });
  const headers = { 'X-Moltin-Customer-Token': customerToken };
  const { data } = await call(200, `${origin}/v2/customers/${id}/addresses`, access, undefined, headers);
  assert.deepEqual(data, []);
}

/** The issuer that the service names. */
export async function issuerOf(origin) {
  const answer = await fetch(`${origin}/.well-known/openid-configuration`);
  assert.equal(answer.status, 200);
  return (await answer.json()).issuer;
}

async function accessToken(origin, form) {
  const answer = await fetch(`${origin}/oauth/access_token`, { method: 'POST', body: new URLSearchParams(form) });
  assert.equal(answer.status, 200, await answer.clone().text());
  return (await answer.json()).access_token;
}

async function call(status, url, access, data, headers = {}) {
  const answer = await fetch(url, {
    method: data === undefined ? 'GET' : 'POST',
    headers: { Authorization: `Bearer ${access}`, 'Content-Type': 'application/json', ...headers },
    ...(data === undefined ? {} : { body: JSON.stringify({ data }) }),
  });
  const text = await answer.text();
  assert.equal(answer.status, status, text);
  return JSON.parse(text);
}
