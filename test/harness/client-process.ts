import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

export interface SentPost {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface PlainAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
  /** When the request had been handed to the operating system, in milliseconds since the epoch. */
  readonly sentAtMs: number;
}

/** A client that is another process than the service. */
export class ClientProcess {
  readonly #child: ChildProcess = fork(new URL('client-process.mjs', import.meta.url).pathname, { execArgv: [] });

  /** Sends all of them at once, each over a new connection. */
  async postAtOnce(posts: readonly SentPost[]): Promise<PlainAnswer[]> {
    const ended = new AbortController();
    const { signal } = ended;
    const answer = once(this.#child, 'message', { signal });
    const end = once(this.#child, 'exit', { signal }).then(() => Promise.reject(new Error('the client process ended')));
    this.#child.send(posts);
    try {
      const [{ answers }] = (await Promise.race([answer, end])) as [{ answers: PlainAnswer[] }];
      return answers;
    } finally {
      answer.catch(() => {});
      end.catch(() => {});
      ended.abort();
    }
  }

  async stop(): Promise<void> {
    const gone = once(this.#child, 'exit');
    this.#child.disconnect();
    await gone;
  }
}
