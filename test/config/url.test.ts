import { describe, expect, it } from 'vitest';
import { parseUrl } from '../../src/config/url.js';

describe('a text that is read as a URL', () => {
  it('is the same URL each time, also after so many times that the engine has compiled what reads it', () => {
    // `URL.canParse` of Node 20 begins to refuse this one after some 4,000 times.
    const hosts = new Set(Array.from({ length: 20_000 }, () => parseUrl('https://bücher.example')?.hostname));
    expect([...hosts]).toEqual(['xn--bcher-kva.example']);
  });

  it.each(['', 'shop.example', 'https://', 'https://a b/', 'http://[::1', 'https://x:99999/'])('%j is none', (text) => {
    expect(parseUrl(text)).toBeNull();
  });
});
