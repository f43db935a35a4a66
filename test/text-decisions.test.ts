import { describe, expect, it } from 'vitest';
import { decisions } from './harness/text-decisions.js';

describe('what decides who somebody is, and what a text, a price and a date mean', () => {
  it('is the same on every runtime: Node 20 and Node 24, with whatever tables of characters, domains and currencies', () => {
    expect(decisions(16)).toEqual({
      letters: '3d35dbd3f783242d51ed7b6ef5f99a35',
      emails: 'ac271da7c779835190abe2cb6c375aec',
      domains: 'aac2f1378610ef43eda1f86242c00602',
      'random texts': 'f8f5313ed0bd6429f08b85dcb04d6f8a',
      money: 'e307e7c35c6950fbe16bcb87f5f147c9',
      dates: '9929a5eb63cdc3c0079abaeac664efb3',
    });
  });
});
