import { beforeAll, describe, expect, it } from 'vitest';
import { sharedApp, type TestApp } from '../harness/app.js';
import { addressMembers, givenShop, type Shop } from '../harness/shop.js';
import { AddressBook, expectFaults, storedAddresses } from './address-book.js';

let app: TestApp;
let shop: Shop;
let book: AddressBook;
const { postcode: _postcode, ...members } = addressMembers;

beforeAll(async () => {
  app = await sharedApp();
  shop = await givenShop(app, { addressLimit: 1_000 });
  book = await AddressBook.asShopper(shop, await shop.customer());
});

/** Asserts both spellings, in the answer and when read again, and the one column. */
async function expectPostcode(id: string, postcode: string): Promise<void> {
  expect((await book.get(id)).body).toMatchObject({ data: { postcode, post_code: postcode } });
  expect((await storedAddresses(shop)).find((row) => row['id'] === id)).toMatchObject({ postcode });
}

describe('a new address', () => {
  it.each([
    ['postcode', { postcode: 'A1' }],
    ['post_code', { post_code: 'A1' }],
    ['both, which are the same', { postcode: 'A1', post_code: 'A1' }],
    ['postcode beside an empty post_code', { postcode: 'A1', post_code: '' }],
    ['postcode beside a post_code that is null', { postcode: 'A1', post_code: null }],
    ['post_code beside an empty postcode', { postcode: '', post_code: 'A1' }],
    ['post_code beside a postcode that is null', { postcode: null, post_code: 'A1' }],
  ])('takes its post code from %s and answers it under both names', async (_, spelled) => {
    const answer = await book.post({ ...members, ...spelled });
    expect(answer.status).toBe(201);
    const { data } = answer.body as { data: { id: string } };
    expect(data).toMatchObject({ ...members, postcode: 'A1', post_code: 'A1' });
    await expectPostcode(data.id, 'A1');
  });

  it('is 400 where the two names differ, and nothing is stored', async () => {
    const before = await storedAddresses(shop);
    const answer = await book.post({ ...members, postcode: 'A1', post_code: 'B2' });
    expectFaults(answer, 'postcode and post_code must not differ');
    expectFaults(
      await book.post({ ...members, postcode: 'a1', post_code: 'A1' }),
      'postcode and post_code must not differ',
    );
    expect(await storedAddresses(shop)).toEqual(before);
  });

  it('is told that the two names differ beside its other faults', async () => {
    const answer = await book.post({ ...members, first_name: '', instructions: 7, postcode: 'A1', post_code: 'B2' });
    expectFaults(
      answer,
      'first_name is required',
      'instructions must be a string',
      'postcode and post_code must not differ',
    );
    expectFaults(
      await book.post({ postcode: 'A1', post_code: 7, country: 'GB' }),
      'first_name is required',
      'last_name is required',
      'line_1 is required',
      'county is required',
      'post_code must be a string',
    );
  });

  it.each([{}, { post_code: '' }, { postcode: null, post_code: null }, { postcode: '', post_code: '' }])(
    'is 400 where it has neither, which is told under the newer name: %j',
    async (spelled) => {
      expectFaults(await book.post({ ...members, ...spelled }), 'postcode is required');
    },
  );

  it('is 400 where the older name holds no text', async () => {
    expectFaults(await book.post({ ...addressMembers, post_code: 7 }), 'post_code must be a string');
    expectFaults(await book.post({ ...members, post_code: 7 }), 'postcode is required', 'post_code must be a string');
  });
});

describe('an update of an address whose post code is OLD', () => {
  it.each([
    ['neither name leaves it', {}, 'OLD'],
    ['postcode alone changes it', { postcode: 'NEW' }, 'NEW'],
    ['post_code alone changes it', { post_code: 'NEW' }, 'NEW'],
    ['both, unchanged, leave it', { postcode: 'OLD', post_code: 'OLD' }, 'OLD'],
    ['the one that changed wins: postcode', { postcode: 'NEW', post_code: 'OLD' }, 'NEW'],
    ['the one that changed wins: post_code', { postcode: 'OLD', post_code: 'NEW' }, 'NEW'],
    ['both, changed alike, change it', { postcode: 'NEW', post_code: 'NEW' }, 'NEW'],
    ['of two changes that differ postcode wins', { postcode: 'NEW', post_code: 'OTHER' }, 'NEW'],
    ['a change of case is a change', { postcode: 'OLD', post_code: 'old' }, 'old'],
  ])('with %s', async (_, spelled, expected) => {
    const address = await book.given({ postcode: 'OLD' });
    const answer = await book.put(address.id, { ...spelled });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ data: { ...addressMembers, postcode: expected, post_code: expected } });
    await expectPostcode(address.id, expected);
  });

  it('by an old client that reads all, changes its post_code and sends all back', async () => {
    const address = await book.given({ postcode: 'OLD', name: 'Home' });
    const read = (await book.get(address.id)).body as { data: Record<string, unknown> };
    const answer = await book.put(address.id, { ...read.data, post_code: 'NEW' });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      data: { ...addressMembers, name: 'Home', postcode: 'NEW', post_code: 'NEW' },
    });
    await expectPostcode(address.id, 'NEW');
  });

  it.each([
    [{ postcode: '' }, 'postcode is required'],
    [{ post_code: '' }, 'post_code is required'],
    [{ postcode: null }, 'postcode is required'],
    [{ post_code: null }, 'post_code is required'],
    [{ postcode: '', post_code: 'NEW' }, 'postcode is required'],
    [{ postcode: 'NEW', post_code: '' }, 'post_code is required'],
  ])('is 400 where one of them is empty, and leaves it: %j', async (spelled, fault) => {
    const address = await book.given({ postcode: 'OLD' });
    expectFaults(await book.put(address.id, spelled), fault);
    await expectPostcode(address.id, 'OLD');
  });
});
