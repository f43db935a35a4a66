import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { faultsOf, validationError } from '../../src/jsonapi/faults.js';
import { broken, requestBody } from '../../src/jsonapi/request-body.js';

function told(attributes: z.ZodType, body: unknown) {
  const result = requestBody('single_sign_on', attributes).safeParse(body);
  if (result.success) throw new Error('the body has no fault');
  return validationError('single_sign_on', faultsOf(result.error, body));
}

describe('the fault style single_sign_on', () => {
  it.each([
    ['absent', z.string(), undefined, 'is required'],
    ['no string', z.string(), 7, 'must be a string'],
    ['too long', z.string().max(3), 'abcd', 'must not be longer than 3 characters'],
    ['no list', z.array(z.string()), {}, 'must be a list'],
    ['too many', z.array(z.string()).max(1), ['a', 'b'], 'must not have more than 1 items'],
    ['not in an enumeration', z.enum(['a']), 'b', 'is not an allowed value'],
    ['no email', z.string().refine(() => false, broken({ rule: 'email' })), 'x', 'must be a valid email address'],
    ['of words of its own', z.string().refine(() => false, broken({ rule: 'text', text: 'is odd' })), 'x', 'is odd'],
    ['no number', z.number(), 'x', 'must be a number'],
    ['no integer', z.int(), 1.5, 'must be an integer'],
    ['too small', z.int().min(1), 0, 'must be at least 1'],
    ['too large', z.int().max(9), 10, 'must be at most 9'],
    ['of another kind', z.boolean(), 'x', 'is not valid'],
  ])('words a member that is %s', (_, schema, value, phrase) => {
    expect(told(z.object({ name: schema }), { data: { name: value } }).entries).toEqual([{ detail: `name ${phrase}` }]);
  });

  it('answers 400, with an entry for each fault, in the order of the members', () => {
    const error = told(z.object({ a: z.string(), b: z.array(z.string()) }), { data: { b: ['x', 5] } });
    expect(error.code).toBe('member_invalid');
    expect(error.catalogEntry).toMatchObject({ status: 400, title: 'Bad Request' });
    expect(error.entries).toEqual([{ detail: 'a is required' }, { detail: 'b.1 must be a string' }]);
  });

  it('names data where the body has none', () => {
    expect(told(z.object({}), {}).entries).toEqual([{ detail: 'data is required' }]);
    expect(told(z.object({}), 'x').entries).toEqual([{ detail: 'data is required' }]);
  });
});
