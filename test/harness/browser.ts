import { CookieJar } from 'tough-cookie';
import { request } from 'undici';
import type { TestApp } from './app.js';

/** One request of a browser and what came back. */
export interface Hop {
  /** As the browser sees it: for the service its public URL. */
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  /** Absolute; null if the answer redirects nowhere. */
  readonly location: string | null;
  readonly body: string;
  readonly setCookies: readonly string[];
}

interface Navigation {
  readonly method: 'GET' | 'POST';
  readonly fields?: Readonly<Record<string, string>>;
  /** RFC 6265bis section 5.2: what decides which SameSite cookies go along. */
  readonly sameSiteContext: 'lax' | 'strict' | 'none';
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Keeps cookies and takes redirects one by one, as a person's browser does. It knows the service under its public https URL, so
 * that `Secure` cookies count, and reaches it where it really listens. It goes nowhere but to the service and to loopback.
 */
export class Browser {
  readonly jar = new CookieJar(undefined, { prefixSecurity: 'strict', allowSecureOnLocal: false });

  constructor(private readonly app: Pick<TestApp, 'config' | 'origin'>) {}

  /** A link or a redirect from another site: cookies with `SameSite=Strict` stay at home. */
  get(url: string): Promise<Hop> {
    return this.go(url, { method: 'GET', sameSiteContext: 'lax' });
  }

  /** A form of another site: only cookies with `SameSite=None` go along. */
  post(url: string, fields: Readonly<Record<string, string>>): Promise<Hop> {
    return this.go(url, { method: 'POST', fields, sameSiteContext: 'none' });
  }

  /** Fills in and sends the one form of a page, with its hidden fields, to the site that the page came from. */
  submit(page: Hop, fields: Readonly<Record<string, string>> = {}): Promise<Hop> {
    const form = /<form method="post" action="([^"]+)">/.exec(page.body);
    if (form?.[1] === undefined) throw new Error(`no form at ${page.url}: ${page.body}`);
    const hidden = [...page.body.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)];
    const given = Object.fromEntries(hidden.map(([, name = '', value = '']) => [name, value]));
    const action = new URL(form[1], page.url);
    const sameSiteContext = action.origin === new URL(page.url).origin ? 'strict' : 'none';
    return this.go(action.href, { method: 'POST', fields: { ...given, ...fields }, sameSiteContext });
  }

  /**
   * Goes to a URL and on from redirect to redirect. It stops at a page, and before a URL that `until` wants or that it may not
   * go to, such as the storefront's: the last hop's `location` then tells where it would have gone.
   */
  async follow(url: string, until: (url: string) => boolean = () => false): Promise<Hop[]> {
    return this.goOn(await this.get(url), until);
  }

  /** The same from an answer that is there already, such as that of a form. That answer is the first hop. */
  async goOn(first: Hop, until: (url: string) => boolean = () => false): Promise<Hop[]> {
    const hops = [first];
    for (let last = first; last.location !== null && !until(last.location) && this.mayGoTo(last.location);) {
      if (hops.length === 20) throw new Error(`redirected in a circle: ${last.location}`);
      last = await this.get(last.location);
      hops.push(last);
    }
    return hops;
  }

  private mayGoTo(url: string): boolean {
    const { origin, hostname } = new URL(url);
    return origin === new URL(this.app.config.publicUrl).origin || LOOPBACK.has(hostname);
  }

  private async go(url: string, navigation: Navigation): Promise<Hop> {
    if (!this.mayGoTo(url)) throw new Error(`this browser does not go to ${url}`);
    const { sameSiteContext, method, fields } = navigation;
    const cookie = await this.jar.getCookieString(url, { sameSiteContext });
    // `fetch` would take five times as long, and this is called ten thousand times.
    const answer = await request(this.reachable(url), {
      method,
      headers: {
        accept: 'text/html',
        ...(cookie === '' ? {} : { cookie }),
        ...(fields === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
      },
      body: fields === undefined ? null : new URLSearchParams(fields).toString(),
    });
    const headers = new Headers(
      Object.entries(answer.headers).flatMap(([name, value]) =>
        [value ?? []].flat().map((one): [string, string] => [name, one]),
      ),
    );
    const setCookies = headers.getSetCookie();
    for (const line of setCookies) await this.jar.setCookie(line, url, { sameSiteContext });
    const location = headers.get('location');
    return {
      url,
      status: answer.statusCode,
      headers,
      location: location === null ? null : new URL(location, url).href,
      body: await answer.body.text(),
      setCookies,
    };
  }

  private reachable(url: string): string {
    const { publicUrl } = this.app.config;
    const { origin } = new URL(publicUrl);
    const target = new URL(url);
    return target.origin === origin ? `${this.app.origin}${target.pathname}${target.search}` : target.href;
  }
}
