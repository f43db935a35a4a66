/**
 * The version of an order that is made now. It counts on from here with every write. Beginning with the time, it is beyond all
 * versions of an order that had the same id before and was deleted: a writer who knows that one only must not change this one.
 */
export function firstVersion(now: Date): bigint {
  return BigInt(now.getTime());
}

/**
 * The entity tag of one version of an order. It is a strong one (RFC 9110 section 8.8.1): the version counts every write, so two
 * answers under one tag show the same order.
 */
export function entityTag(version: bigint): string {
  return `"${version}"`;
}

/**
 * One of our tags, as it is or as proxies change it that compress the answer: nginx, Cloudflare and Envoy make it a weak one, Apache
 * and Caddy put the coding behind the version (`"12-gzip"`).
 */
const TAG = /^(?:W\/)?"(\d+)(?:-{1,2}(?:br|deflate|gzip|zstd))?"$/;

/**
 * Whether a write that was meant for certain versions may go on (RFC 9110 section 13.1.1). The strong comparison that it asks for is
 * to keep apart representations that are only alike. A tag of ours counts the writes of the order, whatever form an answer has, so
 * a changed one still names exactly one state of it. None of them holds a comma, so what lies between the commas of the header is
 * one of them or is not.
 *
 * @param ifMatch the header `If-Match`; absent, every version is meant
 */
export function meansVersion(ifMatch: string | undefined, version: bigint): boolean {
  if (ifMatch === undefined || ifMatch.trim() === '*') return true;
  return ifMatch.split(',').some((tag) => TAG.exec(tag.trim())?.[1] === String(version));
}
