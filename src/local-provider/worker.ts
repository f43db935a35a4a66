import { parentPort, workerData } from 'node:worker_threads';
import { StartupError } from '../errors/startup-error.js';
import { startLocalProvider, type LocalProvider, type LocalProviderOptions } from './local-provider.js';

/** What the thread says, once: the provider as a client sees it, or one line that says why there is none. */
export type WorkerAnswer =
  | { readonly provider: Pick<LocalProvider, 'discoveryUrl' | 'clientId' | 'clientSecret'> }
  | { readonly failure: string };

/** What the thread is told, once: where sign-ins may return to. */
export interface WorkerTask {
  readonly redirectUri: string;
}

/** Runs in a thread of its own, and begins at once. */
async function start(): Promise<WorkerAnswer> {
  try {
    const provider = await startLocalProvider(workerData as LocalProviderOptions);
    parentPort?.once('message', ({ redirectUri }: WorkerTask) => provider.setRedirectUri(redirectUri));
    const { discoveryUrl, clientId, clientSecret } = provider;
    return { provider: { discoveryUrl, clientId, clientSecret } };
  } catch (cause) {
    return { failure: cause instanceof StartupError ? cause.message : String(cause) };
  }
}

parentPort?.postMessage(await start(), []);
