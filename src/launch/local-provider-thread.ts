import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { LocalProviderOptions } from '../local-provider/local-provider.js';
import type { WorkerAnswer, WorkerTask } from '../local-provider/worker.js';

const PORT_MAX = 65_535;
/** What the library says to those who run it for real. */
const ADVICE = /^oidc-provider (WARNING|NOTICE): /;

/**
 * The local OpenID Provider beside a service on its own database, in a thread: it starts while the service does, and what its library
 * writes to standard output, where one line may be all that is allowed, is kept away from there.
 */
export class LocalProviderThread {
  /** The provider, or one line that says why there is none. Never rejects: the service does without. */
  readonly started: Promise<WorkerAnswer>;
  private readonly worker: Worker;

  constructor(ports: readonly number[]) {
    const options: LocalProviderOptions = { host: '127.0.0.1', ports, issuer: null };
    this.worker = new Worker(new URL('../local-provider/worker.js', import.meta.url), {
      workerData: options,
      stdout: true,
      stderr: true,
    });
    this.worker.stdout.resume();
    this.worker.stderr.on('data', (chunk: Buffer) => {
      if (!ADVICE.test(chunk.toString())) process.stderr.write(chunk);
    });
    this.started = this.firstAnswer();
    // Without somebody who listens, an error in the thread would end the service.
    this.worker.on('error', (cause) => process.stderr.write(`The local OpenID Provider ended: ${cause.message}\n`));
  }

  setRedirectUri(redirectUri: string): void {
    const task: WorkerTask = { redirectUri };
    this.worker.postMessage(task, []);
  }

  async stop(): Promise<void> {
    await this.worker.terminate();
  }

  private async firstAnswer(): Promise<WorkerAnswer> {
    try {
      const ended = once(this.worker, 'exit').then((): [WorkerAnswer] => {
        throw new Error('it ended without a word');
      });
      const [answer] = await Promise.race([once(this.worker, 'message') as Promise<[WorkerAnswer]>, ended]);
      return answer;
    } catch {
      return { failure: 'The local OpenID Provider did not start' };
    }
  }
}

/** The port after the service's, so that a restart does not make it another provider; else any free one. */
export function providerPorts(servicePort: number): readonly number[] {
  return servicePort < PORT_MAX ? [servicePort + 1, 0] : [0];
}
