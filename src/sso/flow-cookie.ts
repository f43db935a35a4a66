import { parseCookie, stringifySetCookie } from 'cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { sha256 } from '../crypto/digest.js';

/**
 * The cookie that binds a sign-in to the browser that began it (RFC 9700 section 4.7.1): without it, somebody could begin a
 * sign-in and have a victim finish it. Each sign-in has its own, so that several tabs do not disturb each other.
 */
export class FlowCookie {
  private readonly name: string;
  private readonly path: string;
  private readonly secure: boolean;

  /**
   * @param callbackUrl the only place the cookie is sent to
   * @param state of the sign-in
   */
  constructor(callbackUrl: string, state: string) {
    const { protocol, pathname } = new URL(callbackUrl);
    this.secure = protocol === 'https:';
    this.path = pathname;
    // The prefix makes browsers refuse it from pages that are not https.
    this.name = `${this.secure ? '__Secure-' : ''}gatehouse-sso-${sha256(state).toString('hex').slice(0, 24)}`;
  }

  read(request: FastifyRequest): string | null {
    return parseCookie(request.headers.cookie ?? '')[this.name] ?? null;
  }

  set(reply: FastifyReply, value: string, lifetimeSeconds: number): void {
    const { name, path, secure } = this;
    // Lax: the provider's redirect is a navigation from another site.
    const cookie = stringifySetCookie({
      name,
      value,
      path,
      secure,
      // check: sign-in: attributes of the cookie
      httpOnly: true,
      sameSite: 'lax',
      maxAge: lifetimeSeconds,
    });
    void reply.header('set-cookie', cookie);
  }

  remove(reply: FastifyReply): void {
    this.set(reply, '', 0);
  }
}
