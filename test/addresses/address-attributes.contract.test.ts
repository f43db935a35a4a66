import { describe, expect, it } from 'vitest';
import type { Attributes } from '../../src/jsonapi/attributes.js';
import { sharedApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { addressMembers, givenShop } from '../harness/shop.js';

describe('GET /v2/addresses/attributes', () => {
  it('answers the members that a writer of addresses gives, and which of them are required', async () => {
    const shop = await givenShop(await sharedApp());

    const answer = await shop.app.http.get('/v2/addresses/attributes').set(await shop.service());

    const { data, meta } = answer.body as Attributes;
    expect([answer.status, meta]).toEqual([200, { entity: 'address', version: '2.0.0' }]);
    const { type: _, ...members } = addressMembers;
    const required = data.filter((attribute) => attribute.required).map(({ value }) => value);
    expect(required.sort()).toEqual(Object.keys(members).sort());
    const address = await shop.address(await shop.customer());
    const { id, type, links, meta: times, relationships, post_code: older, ...written } = address;
    expect([id, type, links, times, relationships, older].every((value) => value !== undefined)).toBe(true);
    expect(data.map(({ value }) => value).sort()).toEqual(Object.keys(written).sort());
  });

  it('is closed to whoever may read no addresses', async () => {
    const shop = await givenShop(await sharedApp());
    expectError(await shop.app.http.get('/v2/addresses/attributes').set(await shop.implicit()), 'forbidden');
  });
});
