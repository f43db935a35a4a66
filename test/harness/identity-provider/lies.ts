import type { Lie } from './deviation.js';
import { errorLies, responseLies, stateLies } from './lies/authorization-responses.js';
import { discoveryLies, keySetLies, tokenLies, userinfoLies } from './lies/endpoint-answers.js';
import { partyLies, timeLies } from './lies/id-token-claims.js';
import { algorithmLies, formLies, signatureLies } from './lies/id-token-signatures.js';
import { signedUserinfoLies, unannouncedUserinfoLies } from './lies/signed-userinfo.js';

/** About the ID token: after each of these, userinfo must not be asked. */
export const idTokenLies: readonly Lie[] = [...partyLies, ...timeLies, ...algorithmLies, ...signatureLies, ...formLies];

/** About everything else. */
export const otherLies: readonly Lie[] = [
  ...discoveryLies,
  ...responseLies,
  ...errorLies,
  ...stateLies,
  ...tokenLies,
  ...keySetLies,
  ...userinfoLies,
  ...signedUserinfoLies,
  ...unannouncedUserinfoLies,
];
