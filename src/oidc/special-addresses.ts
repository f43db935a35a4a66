import { BlockList, isIP } from 'node:net';

/** IANA IPv4 Special-Purpose Address Registry, multicast (RFC 5771) and what is reserved for the future (RFC 1112). */
const SPECIAL_IPV4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];

/** The only IPv6 addresses that are routed on the internet (RFC 4291 section 2.4, IANA IPv6 Global Unicast Allocations). */
const GLOBAL_UNICAST_IPV6 = '2000::/3';

/**
 * The part of the IANA IPv6 Special-Purpose Address Registry that lies in global unicast. Tunnels (Teredo in 2001::/23, 6to4) are
 * in it since they carry an IPv4 address that could be any; every other special one, IPv4-mapped and NAT64 among them, lies outside.
 */
const SPECIAL_IPV6 = ['2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20'];

const specialIpv4 = listOf('ipv4', SPECIAL_IPV4);
const globalUnicastIpv6 = listOf('ipv6', [GLOBAL_UNICAST_IPV6]);
const specialIpv6 = listOf('ipv6', SPECIAL_IPV6);

/** Whether an IP address is one of the public internet. Text that is no address, or that names a zone, is not. */
export function isPublicAddress(address: string): boolean {
  // A zone (`fe80::1%eth0`) only tells apart addresses that are not global (RFC 4007).
  if (address.includes('%')) return false;
  switch (isIP(address)) {
    case 4:
      return !specialIpv4.check(address, 'ipv4');
    case 6:
      return globalUnicastIpv6.check(address, 'ipv6') && !specialIpv6.check(address, 'ipv6');
    default:
      return false;
  }
}

function listOf(family: 'ipv4' | 'ipv6', ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', prefix] = range.split('/');
    list.addSubnet(address, Number(prefix), family);
  }
  return list;
}
