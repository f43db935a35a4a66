import { SignInRefused } from '../errors/sign-in-refusal.js';

/** A call to an OpenID Provider that gave nothing to go on with. The reason is for the log: it may tell what is reachable. */
export class CallFailed extends SignInRefused {
  override readonly name = 'CallFailed';
}
