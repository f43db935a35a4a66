import { putTogether, type Signer, signedBy } from '../forged-tokens.js';
import type { Answer, World } from './deviation.js';

type Members = Readonly<Record<string, unknown>>;

/** Userinfo in a JWT before it is signed, as the standard wants it (OpenID Connect Core, section 5.3.2). */
export interface UserinfoDraft {
  readonly header: Members;
  readonly payload: Members;
  readonly signer: Signer;
}

/** Userinfo by `application/jwt`, after a change; without one it is as it should be. */
export function signedUserinfo(
  change: (draft: UserinfoDraft, world: World) => UserinfoDraft = (draft) => draft,
): (honest: Answer, world: World) => Answer {
  return (honest, world) => {
    const { issuer, clientId, key } = world;
    const told = JSON.parse(honest.body.toString()) as Members;
    const draft = {
      header: { alg: key.alg, kid: key.kid },
      payload: { ...told, iss: issuer, aud: clientId },
      signer: signedBy(key.privateKey),
    };
    const { header, payload, signer } = change(draft, world);
    return { status: 200, headers: { 'content-type': 'application/jwt' }, body: putTogether(header, payload, signer) };
  };
}

/** Signed userinfo with other claims; `undefined` takes one away. */
export function signedUserinfoClaims(change: (world: World) => Members): ReturnType<typeof signedUserinfo> {
  return signedUserinfo((draft, world) => ({ ...draft, payload: { ...draft.payload, ...change(world) } }));
}
