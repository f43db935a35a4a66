import { describe, expect, it } from 'vitest';
import { currencyDigits } from '../../src/orders/currency-digits.js';

// Typed in once more, in the order of the published list (by country), so that a slip in one of the two shows. Two decimals
// unless the entry says otherwise; `-` marks the codes to which the standard gives no minor unit.
const PUBLISHED = `
  AFN EUR ALL DZD USD AOA XCD XAD ARS AMD AWG AUD AZN BSD BHD:3 BDT BBD BYN BZD XOF:0 BMD INR BTN BOB BOV BAM BWP NOK BRL BND
  BIF:0 CVE KHR XAF:0 CAD KYD CLP:0 CLF:4 CNY COP COU KMF:0 CDF NZD CRC CUP XCG CZK DKK DJF:0 DOP EGP SVC ERN SZL ETB FKP FJD
  XPF:0 GMD GEL GHS GIP GTQ GBP GNF:0 GYD HTG HNL HKD HUF ISK:0 IDR XDR:- IRR IQD:3 ILS JMD JPY:0 JOD:3 KZT KES KPW KRW:0
  KWD:3 KGS LAK LBP LSL ZAR LRD LYD:3 CHF MOP MKD MGA MWK MYR MVR MRU MUR XUA:- MXN MXV MDL MNT MAD MZN MMK NAD NPR NIO NGN
  OMR:3 PKR PAB PGK PYG:0 PEN PHP PLN QAR RON RUB RWF:0 SHP WST STN SAR RSD SCR SLE SGD XSU:- SBD SOS SSP LKR SDG SRD SEK CHE
  CHW SYP TWD TJS TZS THB TOP TTD TND:3 TRY TMT UGX:0 UAH AED USN UYU UYI:0 UYW:4 UZS VUV:0 VES VED VND:0 YER ZMW ZWG XBA:-
  XBB:- XBC:- XBD:- XTS:- XXX:- XAU:- XPD:- XPT:- XAG:-
`;

function published(): [code: string, digits: number | null][] {
  return PUBLISHED.trim()
    .split(/\s+/)
    .map((entry) => {
      const [code = '', digits = '2'] = entry.split(':');
      return [code, digits === '-' ? null : Number(digits)];
    });
}

function everyThreeLetters(): string[] {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'.split('');
  return letters.flatMap((a) => letters.flatMap((b) => letters.map((c) => a + b + c)));
}

describe('currencyDigits', () => {
  it('answers the minor unit of every code of the published list, and null where the list has none', () => {
    expect(published().map(([code]) => [code, currencyDigits(code)])).toEqual(published());
    expect(new Set(published().map(([code]) => code)).size).toBe(178);
  });

  it('answers null for every other three letters, save for the currencies withdrawn since 2014', () => {
    const listed = new Set(published().map(([code]) => code));
    const extra = everyThreeLetters().filter((code) => !listed.has(code) && currencyDigits(code) !== null);
    expect(extra.map((code) => [code, currencyDigits(code)])).toEqual([
      ['ANG', 2],
      ['BGN', 2],
      ['BYR', 0],
      ['CUC', 2],
      ['HRK', 2],
      ['LTL', 2],
      ['LVL', 2],
      ['MRO', 2],
      ['SLL', 2],
      ['STD', 2],
      ['VEF', 2],
      ['ZWL', 2],
    ]);
  });

  it.each(['', 'usd', 'Usd', ' USD', 'USD ', 'US', 'USDT', '840', 'US$', '__proto__', 'constructor', 'USD EUR'])(
    'answers null for %j, which is no code',
    (text) => {
      expect(currencyDigits(text)).toBeNull();
    },
  );
});
