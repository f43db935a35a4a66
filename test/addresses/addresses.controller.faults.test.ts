import { beforeAll, describe, expect, it } from 'vitest';
import type { AddressResource } from '../../src/addresses/addresses.contract.js';
import { sharedApp, type TestApp } from '../harness/app.js';
import { addressMembers, givenShop, type Shop } from '../harness/shop.js';
import { AddressBook, bareAddress, expectFaults, storedAddresses } from './address-book.js';

const REQUIRED = ['first_name', 'last_name', 'line_1', 'county', 'postcode', 'country'] as const;

let app: TestApp;
let shop: Shop;
let book: AddressBook;

beforeAll(async () => {
  app = await sharedApp();
  shop = await givenShop(app, { addressLimit: 1_000 });
  book = await AddressBook.asShopper(shop, await shop.customer());
});

/** Posts the members and expects these faults, in this order, and that nothing is stored. */
async function expectRefused(members: Record<string, unknown>, ...faults: string[]): Promise<void> {
  const before = await storedAddresses(shop);
  expectFaults(await book.post(members), ...faults);
  expect(await storedAddresses(shop)).toEqual(before);
}

describe('the required members of a new address', () => {
  const everyFault = REQUIRED.map((member) => `${member} is required`);

  it('are told one entry each, in the order first_name, last_name, line_1, county, postcode, country', async () => {
    await expectRefused({}, ...everyFault);
    await expectRefused({ type: 'address', name: 'Home', city: 'Town' }, ...everyFault);
  });

  it('are missing where they are null or empty, too', async () => {
    await expectRefused(Object.fromEntries(REQUIRED.map((member) => [member, null])), ...everyFault);
    await expectRefused(Object.fromEntries(REQUIRED.map((member) => [member, ''])), ...everyFault);
  });

  it.each(REQUIRED)('are each required on their own: %s', async (member) => {
    for (const value of [undefined, null, '']) {
      await expectRefused({ ...addressMembers, [member]: value }, `${member} is required`);
    }
  });

  it.each(REQUIRED)('are each text: %s', async (member) => {
    for (const value of [7, 0, true, false, {}, ['x'], 1e300]) {
      await expectRefused({ ...addressMembers, [member]: value }, `${member} must be a string`);
    }
  });

  it('keep that order among faults of other kinds', async () => {
    await expectRefused(
      {
        instructions: 7,
        phone_number: {},
        country: 'x'.repeat(256),
        line_1: false,
        type: 'customer',
        last_name: 'Example',
        county: 'Shire',
      },
      'type is not an allowed value',
      'first_name is required',
      'line_1 must be a string',
      'postcode is required',
      'country must not be longer than 255 characters',
      'phone_number must be a string',
      'instructions must be a string',
    );
  });
});

describe('county and region', () => {
  const { county: _county, ...withoutCounty } = addressMembers;

  it('one of them is enough to name the district', async () => {
    for (const district of [
      { region: 'Region' },
      { region: 'Region', county: '' },
      { region: 'Region', county: null },
    ]) {
      const answer = await book.post({ ...withoutCounty, ...district });
      expect(answer.status).toBe(201);
      expect(answer.body).toMatchObject({ data: { ...bareAddress, county: '', region: 'Region' } });
    }
    const both = await book.post({ ...addressMembers, region: 'Region' });
    expect(both.body).toMatchObject({ data: { county: 'Shire', region: 'Region' } });
  });

  it('none of them is told as a missing county', async () => {
    for (const district of [{}, { region: '' }, { region: null }, { county: '', region: '' }]) {
      await expectRefused({ ...withoutCounty, ...district }, 'county is required');
    }
  });

  it('are text both', async () => {
    await expectRefused({ ...withoutCounty, region: 7 }, 'region must be a string');
    await expectRefused({ ...addressMembers, region: [] }, 'region must be a string');
    await expectRefused({ ...withoutCounty, county: 7, region: 'Region' }, 'county must be a string');
  });
});

describe('an update', () => {
  let address: AddressResource;

  beforeAll(async () => {
    address = await book.given({ name: 'Home', region: '' });
  });

  /** Sends the update and expects these faults, and that the address is as it was. */
  async function expectUnchanged(members: Record<string, unknown> | null, ...faults: string[]): Promise<void> {
    const before = await storedAddresses(shop);
    expectFaults(await book.put(address.id, members), ...faults);
    expect(await storedAddresses(shop)).toEqual(before);
  }

  it.each(REQUIRED)('that empties %s is refused as its absence in a new address is', async (member) => {
    for (const value of ['', null]) await expectUnchanged({ [member]: value }, `${member} is required`);
  });

  it('that empties all of them is told one entry each, in the same order', async () => {
    const { county: _county, ...texts } = Object.fromEntries(REQUIRED.map((member) => [member, '']));
    const faults = REQUIRED.filter((member) => member !== 'county').map((member) => `${member} is required`);
    await expectUnchanged(texts, ...faults);
  });

  it.each([...REQUIRED, 'name', 'region', 'instructions', 'phone_number', 'post_code'])(
    'is refused where %s is no text',
    async (member) => {
      await expectUnchanged({ [member]: { a: 1 } }, `${member} must be a string`);
    },
  );

  it('is refused where a member is too long or the type is wrong', async () => {
    await expectUnchanged({ line_2: 'x'.repeat(256) }, 'line_2 must not be longer than 255 characters');
    await expectUnchanged({ type: 'customer' }, 'type is not an allowed value');
  });

  it('is refused without data', async () => {
    await expectUnchanged(null, 'data is required');
  });

  it('without a member changes nothing but the time of the update', async () => {
    for (const members of [{}, { type: 'address' }, { unknown: 1 }]) {
      const answer = await book.put(address.id, members);
      expect(answer.status).toBe(200);
      const { meta, ...rest } = (answer.body as { data: AddressResource }).data;
      const { meta: before, ...same } = address;
      expect(rest).toEqual(same);
      expect(meta.timestamps.created_at).toBe(before.timestamps.created_at);
    }
  });
});
