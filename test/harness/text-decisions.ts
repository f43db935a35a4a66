import { createHash } from 'node:crypto';
import { parseEmailAddress } from '../../src/customers/email-address.js';
import { readInstant } from '../../src/jsonapi/filter-times.js';
import { nameText } from '../../src/jsonapi/text-members.js';
import { currencyCodes } from '../../src/orders/currency-digits.js';
import { formatMoney } from '../../src/orders/money.js';
import { moment } from '../../src/orders/order-members.js';
import { readPersonalClaims } from '../../src/sso/sign-in-claims.js';
import { composed, fold } from '../../src/text/folding.js';
import { ASSIGNED } from '../../src/text/unicode-tables.js';

/** By the subject, a hash of every decision about it: equal on two runtimes that decide alike. */
export type Digests = Readonly<Record<'letters' | 'emails' | 'domains' | 'random texts' | 'money' | 'dates', string>>;

const name = nameText(1, 255);

/** Letters and signs that change under normalising and folding, and ones that no runtime or only a newer one knows. */
const SPICE = Array.from(
  'aZ0.+-_@＠．。ßẞſKÅﬁǅİıΣςσᲀÉ\u0301\u0307\u0345\u200b\u200d\u00adéアい한ᄒ\u1161ｅ㎏℀٣۳ابא\u202e\u0323\u1acf\u{16ea0}\u0378',
).concat('xn--', 'xn--a', '例え');
/** Nothing but characters for private use from here on, half of all that are assigned. */
const PRIVATE_PLANES = 0xf_00_00;
const TEXTS = 20_000;
const TEXT_LENGTH_MAX = 12;

/**
 * @param domainStep of how many characters one is tried in a domain, as that takes most of the time. All are tried in local parts
 * and names
 */
export function decisions(domainStep: number): Digests {
  const characters = assignedCodes().map((code) => String.fromCodePoint(code));
  // Those of one table in a row decide alike, so that the one that stands for all of them is another one each time.
  const inDomains = characters.filter((_, at) => (at + Math.floor(at / domainStep)) % domainStep === 0);
  const texts = randomTexts(characters);
  return {
    letters: digest(characters, (letter) => [fold(letter), composed(letter), name.safeParse(letter).success]),
    emails: digest(characters, (letter) => [addressOf(`${letter}@a.test`), addressOf(`Aa${letter}Σ@a.test`)]),
    domains: digest(inDomains, (letter) => [addressOf(`a@${letter}.test`), addressOf(`a@Aa${letter}bΣ.test`)]),
    'random texts': digest(texts, (text) => [
      fold(text),
      composed(text),
      addressOf(text),
      addressOf(`${text}@a.test`),
      addressOf(`a@${text}.test`),
      claimsOf(text),
    ]),
    money: digest(currencyCodes, (code) => [0, 1, -1_234_567, 2 ** 53 - 1].map((amount) => formatMoney(amount, code))),
    dates: digest(dateTexts(), (text) => [readInstant(text), moment.safeParse(text).data?.toISOString()]),
  };
}

function addressOf(text: string): string | undefined {
  return parseEmailAddress(text)?.canonical;
}

function claimsOf(text: string): unknown {
  const { name: told, emailIsProven } = readPersonalClaims({ email: 'a@a.test', name: text }, 'always');
  return [told, emailIsProven, addressOf(`${text}@a.test`) === undefined ? null : provenOf(`${text}@a.test`)];
}

function provenOf(email: string): boolean {
  return readPersonalClaims({ email }, 'always').emailIsProven;
}

function digest<Case>(cases: readonly Case[], decide: (one: Case) => unknown): string {
  const hash = createHash('sha256');
  for (const one of cases) hash.update(`${JSON.stringify(decide(one))}\n`);
  return hash.digest('hex').slice(0, 32);
}

function assignedCodes(): number[] {
  const codes: number[] = [];
  let next = 0;
  for (const [at, length] of ASSIGNED.split(' ').entries()) {
    const end = next + Number.parseInt(length, 36);
    if (at % 2 === 1 && next < PRIVATE_PLANES) for (let code = next; code < end; code += 1) codes.push(code);
    next = end;
  }
  return codes;
}

/** Always the same: half of the places hold any character, half one of the spice. */
function randomTexts(characters: readonly string[]): string[] {
  let state = 20_261_120;
  // A linear congruential generator (Numerical Recipes); its high bits are the random ones.
  const next = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const one = (): string => {
    const list = next(2) === 0 ? characters : SPICE;
    return list[next(list.length)] ?? '';
  };
  return Array.from({ length: TEXTS }, () => Array.from({ length: 1 + next(TEXT_LENGTH_MAX) }, one).join(''));
}

function dateTexts(): string[] {
  const years = ['0000', '0001', '1582', '1900', '1969', '1970', '2000', '2024', '2026', '9999', '+10000', '-0001'];
  const days = ['01-01', '02-28', '02-29', '02-30', '03-29', '06-31', '12-31', '13-01', '1-1', '00-10'];
  const times = ['', 'T00:00:00', 't12:30:45', 'T23:59:60', 'T24:00:00', 'T12:30', ' 12:30:45', 'T02:30:00.5'];
  const rests = [
    '',
    'Z',
    'z',
    '+00:00',
    '-00:00',
    '+05:45',
    '-11:30',
    '+24:00',
    '.123456789Z',
    '.9999Z',
    ' GMT',
    ' (UTC)',
  ];
  return years.flatMap((year) =>
    days.flatMap((day) => times.flatMap((time) => rests.map((rest) => `${year}-${day}${time}${rest}`))),
  );
}
