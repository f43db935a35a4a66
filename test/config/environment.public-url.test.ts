import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/config.js';

describe('PUBLIC_URL', () => {
  it.each([
    ['https://ID.Shop.Example', 'https://id.shop.example'],
    ['https://id.shop.example:443/', 'https://id.shop.example'],
    ['https://id.shop.example/a/../identity//', 'https://id.shop.example/identity'],
    ['https://bücher.example', 'https://xn--bcher-kva.example'],
  ])('%s is taken in the one form of that URL, %s, as others compare what is built upon it', (text, base) => {
    const { publicUrl } = readConfig({ PUBLIC_URL: text });
    expect(publicUrl).toBe(base);
  });
});
