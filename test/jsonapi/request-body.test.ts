import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { faultStyles } from '../../src/jsonapi/faults.js';
import { broughtId, requestBody, typeMember } from '../../src/jsonapi/request-body.js';

const ID = '0190a5d4-1111-7222-8333-abcdefabcdef';

describe('requestBody', () => {
  it('declares the style in which its faults are told', () => {
    const attributes = z.object({ name: z.string() });
    for (const style of ['source_data', 'failed_validation'] as const) {
      expect(faultStyles.get(requestBody(style, attributes))?.style).toBe(style);
    }
  });

  it('keeps the members that it knows and drops all others', () => {
    const schema = requestBody('source_data', z.object({ name: z.string() }));
    const body = { data: { name: 'a', store_id: 'b', meta: {} }, included: {}, store_id: 'c' };
    expect(schema.parse(body)).toEqual({ data: { name: 'a' } });
  });
});

describe('typeMember', () => {
  const type = typeMember('address');

  it.each(['address', '', null, undefined])('accepts %j', (value) => {
    expect(type.safeParse(value).success).toBe(true);
  });

  it.each(['customer', 'Address', ' address', 7, {}, ['address'], false])('refuses %j', (value) => {
    expect(type.safeParse(value).success).toBe(false);
  });
});

describe('broughtId', () => {
  it.each([
    [ID, ID],
    [ID.toUpperCase(), ID],
    ['00000000-0000-0000-0000-000000000000', '00000000-0000-0000-0000-000000000000'],
    ['ffffffff-ffff-ffff-ffff-ffffffffffff', 'ffffffff-ffff-ffff-ffff-ffffffffffff'],
    ['', undefined],
    [null, undefined],
    [undefined, undefined],
  ])('makes %j to %j', (value, expected) => {
    expect(broughtId.parse(value)).toBe(expected);
  });

  it.each([' ', 'x', `{${ID}}`, `urn:uuid:${ID}`, ` ${ID}`, ID.replaceAll('-', ''), `${ID}0`, 7, {}, [ID], true])(
    'refuses %j',
    (value) => {
      expect(broughtId.safeParse(value).success).toBe(false);
    },
  );

  it('refuses every text that is no UUID, and lower-cases every one that is', () => {
    fc.assert(
      fc.property(fc.uuid(), (id) => {
        expect(broughtId.parse(id.toUpperCase())).toBe(id.toLowerCase());
      }),
    );
    const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
    fc.assert(
      fc.property(
        fc.string({ minLength: 1 }).filter((text) => !uuid.test(text)),
        (text) => {
          expect(broughtId.safeParse(text).success).toBe(false);
        },
      ),
    );
  });
});
