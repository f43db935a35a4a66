import type { LookupAddress } from 'node:dns';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';

const HOSTS_FILE = '/etc/hosts';

/** What the machine's own table says of a name, which goes before every name server; empty: nothing. */
export async function addressesInHostsFile(hostname: string, path: string = HOSTS_FILE): Promise<LookupAddress[]> {
  const wanted = hostname.replace(/\.$/, '').toLowerCase();
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.split(/\r?\n/).flatMap((line) => {
    const [address = '', ...names] = line.replace(/#.*$/, '').trim().split(/\s+/);
    const family = isIP(address);
    if (family === 0 || !names.some((name) => name.replace(/\.$/, '').toLowerCase() === wanted)) return [];
    return [{ address, family }];
  });
}
