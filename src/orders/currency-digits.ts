/**
 * The codes of ISO 4217 by their minor unit, from the list that the standard's maintenance agency published on 2026-01-01.
 *
 * A table of our own, because Intl answers with the decimals that people write in daily life, not with those of the standard:
 * none for HUF, IDR, COP or IQD, whose amounts are sent with 2, 2, 2 and 3. The codes to which the standard gives no minor unit
 * (metals, bond units, XDR, XTS, XXX, ...) are left out: there is no smallest unit in which an amount could be counted.
 */
const CURRENT = {
  0: 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF',
  2:
    'AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP ' +
    'COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR ' +
    'JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN ' +
    'NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL ' +
    'THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG',
  3: 'BHD IQD JOD KWD LYD OMR TND',
  4: 'CLF UYW',
} as const;

/** Withdrawn from the standard since 2014, with the minor unit they had: orders are mirrored years after they were placed. */
const WITHDRAWN = {
  0: 'BYR',
  2: 'ANG BGN CUC HRK LTL LVL MRO SLL STD VEF ZWL',
} as const;

const DIGITS: ReadonlyMap<string, number> = new Map(
  [...Object.entries(CURRENT), ...Object.entries(WITHDRAWN)].flatMap(([digits, codes]) =>
    codes.split(' ').map((code) => [code, Number(digits)] as const),
  ),
);

export const currencyCodes: readonly string[] = [...DIGITS.keys()].sort();

/** How many decimals the minor unit of a currency stands for; null for a text that is not the (upper-case) code of one. */
export function currencyDigits(code: string): number | null {
  return DIGITS.get(code) ?? null;
}
