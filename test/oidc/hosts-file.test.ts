import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { addressesInHostsFile } from '../../src/oidc/hosts-file.js';
import { endAll, scratchFolder } from '../harness/service-process.js';

afterAll(endAll);

describe("the machine's table of names", () => {
  const path = join(scratchFolder(), 'hosts');
  writeFileSync(
    path,
    [
      '# 10.0.0.1 login.example.com',
      '10.0.0.2 login.example.com login # and not other.example.com',
      '\tfd00::2\tLOGIN.example.com.',
      '10.0.0.3 login.example.com.example.org xlogin.example.com',
      'login.example.com 10.0.0.4',
      '10.0.0.5',
      '',
    ].join('\r\n'),
  );
  const both = [
    { address: '10.0.0.2', family: 4 },
    { address: 'fd00::2', family: 6 },
  ];

  it.each([
    ['login.example.com', both],
    ['login.example.com.', both],
    ['login', [both[0]]],
    ['other.example.com', []],
    ['example.com', []],
    ['10.0.0.2', []],
    ['', []],
  ])('says of %j what is written there, for whole names only', async (name, addresses) => {
    expect(await addressesInHostsFile(name, path)).toEqual(addresses);
  });

  it('says nothing where there is none', async () => {
    expect(await addressesInHostsFile('login.example.com', join(path, 'none'))).toEqual([]);
  });
});
