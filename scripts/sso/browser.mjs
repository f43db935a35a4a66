import { lookup } from 'node:dns';
import { CookieJar } from 'tough-cookie';
import { Agent, fetch } from 'undici';

const REDIRECTS_MAX = 20;

/** Browsers find `anything.localhost` on their own machine (RFC 6761 section 6.3); the resolver of an operating system may not. */
const agent = new Agent({
  connect: {
    lookup: (host, options, callback) => lookup(host.endsWith('.localhost') ? 'localhost' : host, options, callback),
  },
});

/** One request, no redirect followed. @throws when nothing answers */
export async function send(url, options) {
  try {
    return await fetch(url, { ...options, redirect: 'manual', dispatcher: agent });
  } catch (cause) {
    const { origin } = new URL(url);
    throw new Error(`Nothing answers at ${origin}: is the service running (\`npm start\`)?`, { cause });
  }
}

/** As much of a browser as a login needs: cookies, redirects, and one form. */
export class Browser {
  jar = new CookieJar();

  constructor(transcript) {
    this.transcript = transcript;
  }

  /**
   * Opens a URL, or sends a form there, and goes where it is sent until there is a page, or the way leads to `end`.
   *
   * @returns the page's URL and text, or the URL at `end` with no text
   */
  async open(url, end, form = null) {
    let [next, body] = [url, form];
    for (let hop = 0; hop < REDIRECTS_MAX; hop += 1) {
      const answer = await this.#request(next, body);
      const location = answer.headers.get('location');
      if (location === null) return { url: next, text: await answer.text() };
      await answer.body?.cancel();
      [next, body] = [new URL(location, next).href, null];
      if (next.split('?')[0] !== end) continue;
      this.transcript.sends(next);
      return { url: next, text: null };
    }
    throw new Error(`Sent on more than ${REDIRECTS_MAX} times`);
  }

  async #request(url, form) {
    const method = form === null ? 'GET' : 'POST';
    const headers = { cookie: await this.jar.getCookieString(url) };
    const body = form === null ? {} : { body: new URLSearchParams(form) };
    const answer = await send(url, { method, headers, ...body });
    this.transcript.request(method, url, answer.status);
    for (const cookie of answer.headers.getSetCookie()) await this.jar.setCookie(cookie, url);
    return answer;
  }
}
