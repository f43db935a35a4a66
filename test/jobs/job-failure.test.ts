import { describe, expect, it } from 'vitest';
import { failureName } from '../../src/jobs/job-failure.js';

describe('failureName', () => {
  it.each<[string, unknown]>([
    ['Error', new Error('secret')],
    ['TypeError', new TypeError('secret')],
    ['Error ECONNREFUSED', Object.assign(new Error('secret'), { code: 'ECONNREFUSED' })],
    ['Error 57P01', new Error('secret', { cause: Object.assign(new Error('secret'), { code: '57P01' }) })],
    [
      'Error 22012',
      Object.assign(new Error('secret'), {
        code: 'P2010',
        meta: { driverAdapterError: { name: 'DriverAdapterError', cause: { originalCode: '22012' } } },
      }),
    ],
    ['Error', Object.assign(new Error('secret'), { code: 'not a word' })],
    ['Error', 'secret'],
    ['Error', null],
  ])('is %j, without any message', (name, failure) => {
    expect(failureName(failure)).toBe(name);
  });
});
