import type { KeyRing } from './key-ring.js';
import type { KeySet } from './keys.contract.js';

/** Short enough that a new key is known everywhere before it has signed for long. */
export const KEY_SET_CACHE_CONTROL = 'public, max-age=60';

/** RFC 7517 section 5. Keys of customer tokens only: nobody else has to accept access tokens. */
export async function publicKeySet(ring: KeyRing): Promise<KeySet> {
  const keys = await ring.publishedKeys();
  // What the key itself has, the platform wrote: `kty` and the members of that type.
  return { keys: keys.map(({ kid, alg, publicJwk }) => ({ ...publicJwk, kid, alg, use: 'sig' })) } as KeySet;
}
