import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** An answer as it leaves the service. */
export interface SentAnswer {
  readonly method: string;
  /** As in the request line. */
  readonly url: string;
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;
}

/** Hands over an answer when it is complete, before it leaves. */
export function recordAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  take: (answer: SentAnswer) => void,
): void;
