import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Fault, faultsOf, type FaultStyle, validationError } from '../../src/jsonapi/faults.js';
import { broken, requestBody } from '../../src/jsonapi/request-body.js';

/** The sentences in which a style tells the faults of this body. */
function told(style: FaultStyle, attributes: z.ZodType, body: unknown): string[] {
  const result = requestBody(style, attributes).safeParse(body);
  if (result.success) throw new Error('the body has no fault');
  return validationError(style, faultsOf(result.error, body)).entries.map(({ detail }) => detail);
}

const cases: [string, z.ZodType, unknown, string, string][] = [
  ['absent', z.string(), undefined, 'field is required.', 'is required'],
  ['null', z.string(), null, 'field is required.', 'is required'],
  ['empty', z.string().min(1), '', 'field is required.', 'is required'],
  ['no string', z.string(), 7, 'must be a string.', 'must be a string'],
  ['no number', z.number(), 'x', 'must be a number.', 'is not valid'],
  ['no integer', z.int(), 1.5, 'must be an integer.', 'is not valid'],
  ['no boolean', z.boolean(), 'yes', 'must be true or false.', 'is not valid'],
  ['no object', z.object({}), [], 'must be an object.', 'must be an object'],
  ['no map', z.record(z.string(), z.string()), 'x', 'must be an object.', 'is not valid'],
  ['no list', z.array(z.string()), {}, 'must be an array.', 'is not valid'],
  [
    'too long',
    z.string().max(3),
    'abcd',
    'may not be greater than 3 characters.',
    'must not be longer than 3 characters',
  ],
  ['too short', z.string().min(3), 'ab', 'must be at least 3 characters.', 'is not valid'],
  ['too large', z.number().max(3), 4, 'may not be greater than 3.', 'is not valid'],
  ['too small', z.number().min(3), 2, 'must be at least 3.', 'is not valid'],
  ['an integer that is too large', z.int().max(3), 4, 'may not be greater than 3.', 'is not valid'],
  ['too many', z.array(z.string()).max(1), ['a', 'b'], 'may not have more than 1 items.', 'is not valid'],
  ['too few', z.array(z.string()).min(1), [], 'must have at least 1 items.', 'is not valid'],
  ['no UUID', z.uuid(), 'x', 'must be a valid UUID.', 'must be a valid UUID'],
  ['no time', z.iso.datetime(), 'x', 'must be a valid RFC 3339 date-time.', 'is not valid'],
];

describe('the faults of a member', () => {
  it.each(cases)('that is %s are told in the words of each style', (_, schema, value, sentence, phrase) => {
    const body = { data: { thing: value } };
    const attributes = z.object({ thing: schema });
    expect(told('source_data', attributes, body)).toEqual([`thing ${phrase}`]);
    expect(told('failed_validation', attributes, body)).toEqual([`The data.thing ${sentence}`]);
  });

  it.each([
    [z.enum(['a', 'b']), 'c'],
    [z.literal('a'), 'c'],
    [z.union([z.literal('a'), z.literal('')]), 'c'],
    [z.literal('a'), 1],
  ])('that is not an allowed value are told so: %#', (schema, value) => {
    const attributes = z.object({ thing: schema });
    const body = { data: { thing: value } };
    expect(told('failed_validation', attributes, body)).toEqual(['The selected data.thing is invalid.']);
    expect(told('source_data', attributes, body)).toEqual(['thing is not an allowed value']);
  });

  it('that breaks a rule of our own are told by the rule', () => {
    const rule = (fault: Omit<Fault, 'path'>) =>
      (['failed_validation', 'source_data'] as const).map(
        (style) => validationError(style, [{ path: ['data', 'thing'], ...fault }]).entries[0]?.detail,
      );
    expect(rule({ rule: 'email' })[0]).toBe('The data.thing must be a valid email address.');
    expect(rule({ rule: 'max_bytes', limit: 8 })[0]).toBe('The data.thing may not be greater than 8 bytes.');
    expect(rule({ rule: 'not_allowed' })).toEqual(['The data.thing member is not allowed.', 'thing is not allowed']);
    expect(rule({ rule: 'text', text: 'must rhyme.' })).toEqual(['The data.thing must rhyme.', 'thing must rhyme.']);
    expect(rule({ rule: 'unheard of' })).toEqual(['The data.thing is not valid.', 'thing is not valid']);
  });

  it('that lies deeper name the whole path', () => {
    const attributes = z.object({ items: z.array(z.object({ price: z.object({ amount: z.int() }) })) });
    const body = { data: { items: [{ price: { amount: 1 } }, { price: {} }] } };
    expect(told('failed_validation', attributes, body)).toEqual(['The data.items.1.price.amount field is required.']);
    expect(told('source_data', attributes, body)).toEqual(['items.1.price.amount is required']);
  });
});

describe('several faults', () => {
  const attributes = z.object({ first: z.string(), second: z.string().max(2), third: z.boolean() });

  it('are told one entry each, in the order of the schema', () => {
    const body = { data: { third: 'x', second: 'long' } };
    expect(told('failed_validation', attributes, body)).toEqual([
      'The data.first field is required.',
      'The data.second may not be greater than 2 characters.',
      'The data.third must be true or false.',
    ]);
    expect(told('source_data', attributes, body)).toEqual([
      'first is required',
      'second must not be longer than 2 characters',
      'third is not valid',
    ]);
  });

  it('are told up to fifty', () => {
    const body = { data: { list: Array.from({ length: 500 }, () => 7) } };
    expect(told('failed_validation', z.object({ list: z.array(z.string()) }), body)).toHaveLength(50);
  });

  it('quote no value', () => {
    const body = { data: { first: ['canary'], second: 'canary', third: 'canary' } };
    expect(told('failed_validation', attributes, body).join('')).not.toContain('canary');
  });
});

describe('the style', () => {
  const fault: Fault = { path: ['data', 'name'], rule: 'required' };

  it('of customers, tokens and orders is 422 with a title', () => {
    const error = validationError('failed_validation', [fault]);
    expect(error.code).toBe('validation_failed');
    expect(error.entries).toEqual([{ title: 'Failed Validation', detail: 'The data.name field is required.' }]);
  });

  it('of addresses is 400 with a source, and a title that tells what is missing from what is wrong', () => {
    const error = validationError('source_data', [fault, { path: ['data', 'name'], rule: 'string' }]);
    expect(error.code).toBe('member_invalid');
    expect(error.entries).toEqual([
      { source: 'data', title: 'required', detail: 'name is required' },
      { source: 'data', title: 'invalid', detail: 'name must be a string' },
    ]);
  });
});

describe('a body', () => {
  const attributes = z.object({ name: z.string() });

  it.each([undefined, null, 'text', 7, [], {}, { data: null }, { data: undefined }])(
    'without data is told that data is missing: %j',
    (body) => {
      expect(told('failed_validation', attributes, body)).toEqual(['The data field is required.']);
      expect(told('source_data', attributes, body)).toEqual(['data is required']);
    },
  );

  it.each(['text', 7, true, []])('whose data is no object is told so: %j', (data) => {
    expect(told('failed_validation', attributes, { data })).toEqual(['The data must be an object.']);
    expect(told('source_data', attributes, { data })).toEqual(['data must be an object']);
  });

  it('may break a rule that concerns two members', () => {
    const schema = z.object({ a: z.string(), b: z.string() }).superRefine(({ a, b }, context) => {
      if (a !== b) context.addIssue(broken({ rule: 'text', text: 'and data.b must not differ.' }, ['a']));
    });
    const body = { data: { a: '1', b: '2' } };
    expect(told('failed_validation', schema, body)).toEqual(['The data.a and data.b must not differ.']);
  });
});
