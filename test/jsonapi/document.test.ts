import { describe, expect, it } from 'vitest';
import { many, one } from '../../src/jsonapi/document.js';

describe('one', () => {
  it('wraps a resource in data and adds nothing', () => {
    expect(one({ id: 'a' })).toEqual({ data: { id: 'a' } });
  });
});

describe('many', () => {
  it('has the records of the page, its links and how many there are in all', () => {
    expect(many([{ id: 'c' }], 3, { limit: 1, offset: 2 }, 'https://id.shop.example/v2/things')).toEqual({
      data: [{ id: 'c' }],
      links: {
        current: 'https://id.shop.example/v2/things?page[offset]=2&page[limit]=1',
        first: 'https://id.shop.example/v2/things?page[offset]=0&page[limit]=1',
        last: 'https://id.shop.example/v2/things?page[offset]=2&page[limit]=1',
        next: null,
        prev: 'https://id.shop.example/v2/things?page[offset]=1&page[limit]=1',
      },
      meta: { page: { limit: 1, offset: 2, current: 3, total: 3 }, results: { total: 3 } },
    });
  });
});
