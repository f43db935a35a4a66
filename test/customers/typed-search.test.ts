import { beforeAll, describe, expect, it } from 'vitest';
import { fold } from '../../src/text/folding.js';
import { FOLDS_APART } from '../../src/customers/typed-search.js';
import { sharedApp } from '../harness/app.js';
import { givenRealm, givenUser, usersPath } from '../harness/given-realm.js';
import { givenShop, type Shop, uniqueEmail } from '../harness/shop.js';

/** Each begins, as typed, like others that fold otherwise. */
const NAMES = [
  'Ann',
  'ANN',
  'Jose',
  'Jose\u0301',
  'Jos\u00e9',
  'Jose\u0323\u0301 R',
  'ΟΔΟΣ',
  'ΟΔΟΣ ΑΒ',
  'ΟΔΟΣΑ',
  '\u03f9Α',
  'Ⅻ',
  'ﬁn',
  'fin',
  'ｱﾞx',
  'が',
  'か\u3099',
  '가',
  '\uac00\u11a8',
  'I\u0307x',
  'İx',
  'Iван',
  'a=\u0338b',
  'a\u0301',
  '100%_a',
];

const EMAILS = [
  'Ann@example.test',
  'ann+1@Example.TEST',
  'e\u0301a@example.test',
  'éb@example.test',
  'ea@exa\u0308mple.test',
  'eb@exämple.test',
  'ec@xn--exmple-cua.test',
  'ΟΔΟΣ@example.test',
  'ΟΔΟΣΑ@example.test',
];

let shop: Shop;
let service: Record<string, string>;
let path: string;

beforeAll(async () => {
  shop = await givenShop(await sharedApp());
  service = await shop.service();
  const realm = await givenRealm(shop);
  path = usersPath(realm.id);
  for (const name of NAMES) await givenUser(shop, realm.id, { name, email: uniqueEmail() });
  for (const email of EMAILS) await givenUser(shop, realm.id, { name: 'nobody', email });
});

async function found(attribute: 'name' | 'email', pattern: string): Promise<string[]> {
  const filter = `like(${attribute},"${pattern}")`;
  const answer = await shop.app.http.get(`${path}?filter=${encodeURIComponent(filter)}&page[limit]=100`).set(service);
  expect([filter, answer.status]).toEqual([filter, 200]);
  return (answer.body as { data: Record<'name' | 'email', string>[] }).data.map((user) => user[attribute]).toSorted();
}

function beginnings(texts: readonly string[]): string[] {
  const all = texts.flatMap((text) =>
    Array.from(text, (_, at) =>
      Array.from(text)
        .slice(0, at + 1)
        .join(''),
    ),
  );
  return [...new Set(all)];
}

describe('like about the users of a realm', () => {
  it('finds by every beginning of a name whoever has it as it is typed, and nobody else', async () => {
    for (const start of beginnings(NAMES)) {
      const expected = [...NAMES, ...EMAILS.map(() => 'nobody')].filter((name) => name.startsWith(start)).toSorted();
      expect([start, await found('name', `${start}*`)]).toEqual([start, expected]);
    }
  });

  it('finds by a whole name, or email, whoever has it as it is typed', async () => {
    for (const name of NAMES) expect(await found('name', name)).toEqual([name]);
    for (const email of EMAILS) expect(await found('email', email)).toEqual([email]);
  });

  it('finds by every beginning of an email whoever has it as it is typed, and nobody else', async () => {
    for (const start of beginnings(EMAILS)) {
      const emails = (await found('email', `${start}*`)).filter((email) => !/^ann\.[0-9a-f]{12}@/.test(email));
      expect([start, emails]).toEqual([start, EMAILS.filter((email) => email.startsWith(start)).toSorted()]);
    }
  });

  it.each(['@Example.TEST', '@exa\u0308mple.test', '@exämple.test', '@xn--exmple-cua.test', '@EXAMPLE.test', '@test'])(
    'finds by the domain %s whoever has it as it is typed, and nobody else',
    async (domain) => {
      expect(await found('email', `*${domain}`)).toEqual(EMAILS.filter((email) => email.endsWith(domain)));
    },
  );
});

describe('FOLDS_APART', () => {
  const characters = Array.from({ length: 0x11_00_00 }, (_, code) => code)
    .filter((code) => code < 0xd8_00 || code > 0xdf_ff)
    .map((code) => String.fromCodePoint(code));
  const first = (text: string): string => Array.from(text.normalize('NFKD'))[0] ?? '';

  it('has no character that joins the one before it, neither as it is nor in lower case, nor one that looks behind itself', () => {
    const joining = new Set(characters.flatMap((character) => Array.from(character.normalize('NFD')).slice(1)));
    const joins = (text: string): boolean => joining.has(first(text)) || /\p{M}/u.test(first(text));
    const apart = characters.filter((character) => FOLDS_APART.test(character));
    const firsts = new Set(apart.map(first));

    expect(apart.length).toBeGreaterThan(100_000);
    expect(apart.filter((character) => joins(character) || character.normalize('NFKC').includes('Σ'))).toEqual([]);
    // What marks make of such a character begins with it, and so does the small letter of that.
    const made = characters.filter((character) => firsts.has(first(character)));
    expect(made.filter((character) => joins(fold(character)))).toEqual([]);
    expect(joins('\u0301') && joins('\u11a8') && joins('ﾞ')).toBe(true);
  });
});
