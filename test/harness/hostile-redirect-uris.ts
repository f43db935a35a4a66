import * as fc from 'fast-check';

/** What storefronts of these tests have registered: a plain URL, one with port and query, and the three loopback forms. */
export const REGISTERED_REDIRECT_URIS = [
  'https://shop.example.test/cb',
  'https://shop.example.test:8443/oidc/callback?tenant=a%20b&x=1+2',
  'http://localhost:3000/cb',
  'http://127.0.0.1/cb',
  'http://[::1]:3000/cb',
] as const;

/**
 * Redirect URIs that look like a registered one, or that a parser might take for one, and are none: by what makes them so. From
 * the tables of other servers' tests and from what went wrong in them (RFC 9700 section 4.1; CVE-2023-6291, CVE-2024-1132,
 * CVE-2024-8883).
 */
export const HOSTILE_REDIRECT_URIS: Readonly<Record<string, string>> = {
  'scheme in capitals': 'HTTPS://shop.example.test/cb',
  'host in capitals': 'https://SHOP.example.test/cb',
  'path in capitals': 'https://shop.example.test/CB',
  'http instead of https': 'http://shop.example.test/cb',
  'https instead of http': 'https://localhost:3000/cb',
  'default port': 'https://shop.example.test:443/cb',
  'port 0': 'https://shop.example.test:0/cb',
  'empty port': 'https://shop.example.test:/cb',
  'port added': 'https://shop.example.test:8443/cb',
  'port left out': 'https://shop.example.test/oidc/callback?tenant=a%20b&x=1+2',
  'other port': 'http://localhost:3001/cb',
  'other port of a loopback address': 'http://127.0.0.1:3000/cb',
  'default port of a loopback address': 'http://127.0.0.1:80/cb',
  'trailing slash': 'https://shop.example.test/cb/',
  'trailing dot of the host': 'https://shop.example.test./cb',
  'trailing dot of the path': 'https://shop.example.test/cb.',
  'trailing question mark': 'https://shop.example.test/cb?',
  'trailing hash': 'https://shop.example.test/cb#',
  'trailing semicolon': 'https://shop.example.test/cb;',
  'trailing blank': 'https://shop.example.test/cb ',
  'leading blank': ' https://shop.example.test/cb',
  'trailing line feed': 'https://shop.example.test/cb\n',
  'leading tab': '\thttps://shop.example.test/cb',
  'tab in the scheme': 'ht\ttps://shop.example.test/cb',
  'tab in the host': 'https://shop\t.example.test/cb',
  'line break and a header': 'https://shop.example.test/cb\r\nLocation: https://evil.test/',
  'no-break space': 'https://shop.example.test/cb\u00a0',
  'zero-width space': 'https://shop.example.test/c\u200bb',
  'query added': 'https://shop.example.test/cb?next=https://evil.test/',
  'query changed': 'https://shop.example.test:8443/oidc/callback?tenant=a%20b&x=1+3',
  'query in other order': 'https://shop.example.test:8443/oidc/callback?x=1+2&tenant=a%20b',
  'query with the blank as a plus': 'https://shop.example.test:8443/oidc/callback?tenant=a+b&x=1+2',
  'query decoded': 'https://shop.example.test:8443/oidc/callback?tenant=a b&x=1+2',
  'query with the plus encoded': 'https://shop.example.test:8443/oidc/callback?tenant=a%20b&x=1%2B2',
  'query left out': 'https://shop.example.test:8443/oidc/callback',
  'half of the query': 'https://shop.example.test:8443/oidc/callback?tenant=a%20b',
  'fragment added': 'https://shop.example.test/cb#at',
  'path longer': 'https://shop.example.test/cb/more',
  'path shorter': 'https://shop.example.test/c',
  'path of the root': 'https://shop.example.test/',
  'no path': 'https://shop.example.test',
  'doubled slash': 'https://shop.example.test//cb',
  'dot segment': 'https://shop.example.test/./cb',
  climbing: 'https://shop.example.test/cb/../evil',
  'climbing and back': 'https://shop.example.test/x/../cb',
  'climbing, slash encoded': 'https://shop.example.test/cb/..%2fevil',
  'climbing, encoded twice': 'https://shop.example.test/cb/..%252fevil',
  'climbing, dots encoded': 'https://shop.example.test/cb/%2e%2e/evil',
  'climbing by a path parameter': 'https://shop.example.test/cb/..;/evil',
  'climbing by a backslash': 'https://shop.example.test/cb\\..\\evil',
  'path parameter': 'https://shop.example.test/cb;a=b',
  'letter of the path encoded': 'https://shop.example.test/%63b',
  'slash of the path encoded': 'https://shop.example.test%2fcb',
  'letter of the host encoded': 'https://%73hop.example.test/cb',
  'everything encoded twice': 'https%3A%2F%2Fshop.example.test%2Fcb',
  'user name': 'https://shop.example.test@evil.test/cb',
  'user name and password': 'https://shop.example.test:pass@evil.test/cb',
  'own user name': 'https://ann@shop.example.test/cb',
  'user name behind a loopback port': 'http://127.0.0.1:80@evil.test/cb',
  'user name encoded': 'https://shop.example.test%40evil.test/cb',
  'backslash before the at': 'https://shop.example.test\\@evil.test/cb',
  'backslashes for slashes': 'https:\\\\shop.example.test\\cb',
  'at before a backslash': 'https://evil.test\\@shop.example.test/cb',
  'hash before the at': 'https://evil.test#@shop.example.test/cb',
  'question mark before the at': 'https://evil.test?@shop.example.test/cb',
  'null byte in the host': 'https://evil.test\0.shop.example.test/cb',
  'null byte at the end': 'https://shop.example.test/cb\0',
  'null byte, encoded once more': 'https://shop.example.test/cb%00',
  'longer host': 'https://shop.example.test.evil.test/cb',
  'host with a prefix': 'https://evilshop.example.test/cb',
  subdomain: 'https://www.shop.example.test/cb',
  'parent domain': 'https://example.test/cb',
  'dot for a letter': 'https://shop-example.test/cb',
  wildcard: 'https://*.example.test/cb',
  'wildcard in the path': 'https://shop.example.test/*',
  'Cyrillic letter': 'https://sh\u043ep.example.test/cb',
  'Cyrillic letter in punycode': 'https://xn--shp-8cd.example.test/cb',
  'full-width letters': 'https://\uff53hop.example.test/cb',
  'ideographic full stop': 'https://shop\u3002example.test/cb',
  'soft hyphen': 'https://sh\u00adop.example.test/cb',
  'full-width slash': 'https://shop.example.test\uff0fcb',
  'no scheme': '//shop.example.test/cb',
  'one slash': 'https:/shop.example.test/cb',
  'three slashes': 'https:///shop.example.test/cb',
  'no slashes': 'https:shop.example.test/cb',
  'path alone': '/cb',
  'relative path': 'cb',
  'localhost with a tail': 'http://localhost.evil.test:3000/cb',
  'localhost as a user name': 'http://localhost:3000@evil.test/cb',
  'localhost in capitals': 'http://LOCALHOST:3000/cb',
  'localhost with a dot': 'http://localhost.:3000/cb',
  'address for localhost': 'http://127.0.0.1:3000/cb?',
  'localhost for the address': 'http://localhost/cb',
  'short address': 'http://127.1/cb',
  'address as a number': 'http://2130706433/cb',
  'octal address': 'http://0177.0.0.1/cb',
  'hexadecimal address': 'http://0x7f.0.0.1/cb',
  'other loopback address': 'http://127.0.0.2/cb',
  'address of any': 'http://0.0.0.0/cb',
  'address with a tail': 'http://127.0.0.1.evil.test/cb',
  'IPv6 loopback, other port': 'http://[::1]/cb',
  'IPv6 loopback written out': 'http://[0:0:0:0:0:0:0:1]:3000/cb',
  'IPv6 loopback with zeros': 'http://[::0001]:3000/cb',
  'IPv4 in IPv6': 'http://[::ffff:127.0.0.1]/cb',
  'IPv6 without brackets': 'http://::1:3000/cb',
  script: 'javascript:alert(document.domain)',
  'script with the URL behind': 'javascript://shop.example.test/cb%0aalert(1)',
  'document in a URL': 'data:text/html,<script>alert(1)</script>',
  'view of the source': 'view-source:https://shop.example.test/cb',
  blob: 'blob:https://shop.example.test/cb',
  file: 'file:///cb',
  'scheme of an app': 'com.example.shop:/cb',
  'out of band': 'urn:ietf:wg:oauth:2.0:oob',
  'two URLs with a blank': 'https://shop.example.test/cb https://evil.test/',
  'two URLs with a comma': 'https://shop.example.test/cb,https://evil.test/',
  'registered URL as a query': 'https://evil.test/?https://shop.example.test/cb',
  'registered URL as a path': 'https://evil.test/https://shop.example.test/cb',
  'markup behind': 'https://shop.example.test/cb"><script>alert(1)</script>',
  overlong: `https://shop.example.test/cb${'/a'.repeat(2_000)}`,
  'word null': 'null',
  'word undefined': 'undefined',
};

/** A text and one way to write it in a query. */
export interface SentRedirectUri {
  /** What one percent-decoding makes of it. */
  readonly uri: string;
  readonly written: string;
}

/** Letters that separate parts of a URL, or that look like it, or that parsers drop. */
const SIGNS = '/\\?#@:;.&=+%*,|<>"\'[] \t\r\nabcABCxyz019-_~\u00e9\u043e\0'.split('');
const PIECES = ['..', '//', '%2f', '%25'];
const TAILS = [
  '/',
  '?',
  '#',
  '/.',
  '/..',
  '?a=b',
  '&a=b',
  '#a',
  '@evil.test',
  '.evil.test',
  ':80',
  ' ',
  '%00',
  '\\evil',
];

/** Registered URIs, most of them changed in one to three places; some only written in another way. */
export const sentRedirectUris: fc.Arbitrary<SentRedirectUri> = fc
  .record({
    registered: fc.constantFrom(...REGISTERED_REDIRECT_URIS),
    changes: fc.oneof(
      { arbitrary: fc.constant<Change[]>([]), weight: 1 },
      { arbitrary: fc.array(change(), { minLength: 1, maxLength: 3 }), weight: 5 },
    ),
    writing: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 7 }),
  })
  .map(({ registered, changes, writing }) => {
    const uri = changes.reduce<string>((text, mutate) => mutate(text), registered);
    return { uri, written: write(uri, writing) };
  });

type Change = (uri: string) => string;

function change(): fc.Arbitrary<Change> {
  const place = fc.noBias(fc.nat({ max: 999 }));
  const letter = fc.constantFrom(...SIGNS, ...PIECES);
  const at = (uri: string, share: number) => Math.floor((uri.length * share) / 1_000);
  const replace = (uri: string, from: number, length: number, by: string) =>
    uri.slice(0, from) + by + uri.slice(from + length);
  return fc.oneof(
    fc.tuple(place, letter).map(
      ([p, by]): Change =>
        (uri) =>
          replace(uri, at(uri, p), 0, by),
    ),
    fc.tuple(place, letter).map(
      ([p, by]): Change =>
        (uri) =>
          replace(uri, at(uri, p), 1, by),
    ),
    place.map(
      (p): Change =>
        (uri) =>
          replace(uri, at(uri, p), 1, ''),
    ),
    place.map(
      (p): Change =>
        (uri) =>
          replace(uri, at(uri, p), 1, swapCase(uri.charAt(at(uri, p)))),
    ),
    place.map(
      (p): Change =>
        (uri) =>
          replace(uri, at(uri, p), 1, encodeAscii(uri.charAt(at(uri, p)))),
    ),
    place.map(
      (p): Change =>
        (uri) =>
          uri.slice(0, at(uri, p)),
    ),
    fc.constantFrom(...TAILS).map(
      (tail): Change =>
        (uri) =>
          uri + tail,
    ),
    fc.constantFrom<Change>(decodeOnce, encodeURI, encodeURIComponent, (uri) => uri.repeat(2)),
  );
}

/** @param writing 0 and 1 leave a letter as it is where a query may hold it, 2 encodes it in capitals, 3 in small letters */
function write(uri: string, writing: readonly number[]): string {
  return uri
    .split('')
    .map((letter, index) => {
      const way = writing[index % writing.length] ?? 0;
      if (way < 2 && /^[A-Za-z0-9\-._~!$'()*,;:@/?=[\]\\"<>|]$/.test(letter)) return letter;
      const encoded = [...Buffer.from(letter)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
      return way === 3 ? encoded : encoded.toUpperCase();
    })
    .join('');
}

function swapCase(letter: string): string {
  return letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase();
}

function encodeAscii(letter: string): string {
  return letter === '' ? '' : `%${letter.charCodeAt(0).toString(16).padStart(2, '0')}`;
}

function decodeOnce(uri: string): string {
  try {
    return decodeURIComponent(uri);
  } catch {
    return uri;
  }
}
