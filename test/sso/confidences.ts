import { vi } from 'vitest';
import type { OidcClient } from '../../src/oidc/oidc-client.js';
import type { TestApp } from '../harness/app.js';
import type { Hop } from '../harness/browser.js';
import type { Deviation } from '../harness/identity-provider/deviation.js';
import type { IdentityProvider } from '../harness/identity-provider/identity-provider.js';

/** Shorter texts may occur by chance. */
const SECRET_LENGTH_MIN = 20;

/** Learns what the parties of sign-ins hand each other in confidence, and keeps what the service answers besides. */
export class Confidences {
  /** By value, what it is. */
  readonly secrets = new Map<string, string>();
  /** Answers of the service without what they are there to hand out: redirects and cookies. */
  readonly answers: string[] = [];
  /** Where the service sent browsers at the end. */
  readonly endings: string[] = [];

  constructor(private readonly app: Pick<TestApp, 'config'>) {}

  learn(name: string, value: unknown): void {
    if (typeof value === 'string' && value.length >= SECRET_LENGTH_MIN) this.secrets.set(value, name);
  }

  learnClientSecret({ clientId, clientSecret }: IdentityProvider): void {
    this.learn('client secret', clientSecret);
    this.learn('client authentication', Buffer.from(`${clientId}:${clientSecret}`).toString('base64'));
  }

  /** From now on: each sign-in makes its own state, nonce and verifier. */
  learnSecretsOf(oidc: OidcClient): void {
    const newSecrets = oidc.newSecrets.bind(oidc);
    vi.spyOn(oidc, 'newSecrets').mockImplementation(() => {
      const made = newSecrets();
      this.learn('state', made.state);
      this.learn('nonce', made.nonce);
      this.learn('verifier of the service', made.codeVerifier);
      return made;
    });
  }

  /** The same lie by a provider whose tokens are learnt as it hands them out. */
  learningTokens(deviation: Deviation): Deviation {
    return {
      ...deviation,
      token: (honest, world) => {
        const body = JSON.parse(honest.body.toString()) as Record<string, unknown>;
        this.learn('access token of the provider', body['access_token']);
        this.learn('ID token', body['id_token']);
        return deviation.token?.(honest, world) ?? honest;
      },
    };
  }

  keepAnswer(status: number, headers: Iterable<[string, unknown]>, body: string): void {
    const kept = [...headers].filter(([name]) => name !== 'location' && name !== 'set-cookie');
    this.answers.push(`${status} ${JSON.stringify(kept)} ${body}`);
  }

  /** @param storefront where sign-ins end */
  keepHops(hops: readonly Hop[], storefront: string): void {
    const { origin } = new URL(this.app.config.publicUrl);
    for (const { url, status, headers, body, location, setCookies } of hops) {
      const code = location === null ? null : new URL(location).searchParams.get('code');
      if (new URL(url).origin !== origin) {
        this.learn('code of the provider', code);
        continue;
      }
      for (const line of setCookies) this.learn('cookie', /^[^=]+=([^;]*)/.exec(line)?.[1]);
      this.keepAnswer(status, headers, body);
      if (location?.startsWith(storefront) !== true) continue;
      this.learn('code of the service', code);
      this.endings.push(location);
    }
  }

  /** Which of the secrets a text holds, as they are or in another coding. */
  foundIn(text: string): string[] {
    const names = [...this.secrets]
      .filter(([value]) => formsOf(value).some((form) => text.includes(form)))
      .map(([, name]) => name);
    return [...new Set(names)];
  }
}

function formsOf(value: string): string[] {
  const bytes = Buffer.from(value);
  return [value, bytes.toString('hex'), bytes.toString('base64'), encodeURIComponent(value)];
}
