import { SetMetadata } from '@nestjs/common';

const OPEN_TO_ALL = 'gatehouse:open-to-all';

/** Declares that a route answers without an access token, and why. Every other route must declare a permission. */
export function OpenToAll(reason: string) {
  return SetMetadata(OPEN_TO_ALL, reason);
}

export { OPEN_TO_ALL };
