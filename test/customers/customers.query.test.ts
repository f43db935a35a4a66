import { describe, expect, it } from 'vitest';
import { fold } from '../../src/text/folding.js';
import { sharedApp } from '../harness/app.js';
import { givenShop, uniqueEmail } from '../harness/shop.js';

const NAME_LENGTH_MAX = 255;

/** The characters whose folded forms are the longest, longest first. */
function charactersThatGrow(): string[] {
  const characters: [string, number][] = [];
  for (let code = 0x20; code <= 0xff_ff; code += 1) {
    if (code >= 0xd8_00 && code <= 0xdf_ff) continue;
    const character = String.fromCharCode(code);
    characters.push([character, Buffer.byteLength(fold(character))]);
  }
  return characters.toSorted(([, a], [, b]) => b - a).map(([character]) => character);
}

describe('the index on the names of customers', () => {
  it('has room for the names that fold into the longest texts, and finds them by their beginning', async () => {
    const shop = await givenShop(await sharedApp());
    const service = await shop.service();
    const characters = charactersThatGrow();
    for (const kinds of [1, 3, 20, 40, 60, 80, 100, 120, 140, 180, 220, 255]) {
      const picks = Array.from({ length: NAME_LENGTH_MAX }, (_, index) => (index * index * 31 + index * 7) % kinds);
      const name = picks.map((pick) => characters[pick] ?? '').join('');
      const data = { type: 'customer', name, email: uniqueEmail() };
      const created = await shop.app.http.post('/v2/customers').set(service).send({ data });
      expect([kinds, created.status]).toEqual([kinds, 201]);

      const filter = encodeURIComponent(`like(name,"${name.replace(/["\\*]/g, '\\$&')}*")`);
      const found = await shop.app.http.get(`/v2/customers?filter=${filter}`).set(service);
      expect(found.body).toMatchObject({ data: [{ name }], meta: { results: { total: 1 } } });
    }
  });
});
