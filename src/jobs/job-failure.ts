/** Class names, SQLSTATE (PostgreSQL, appendix A), codes of Prisma and of system calls. */
const WORD = /^[A-Za-z0-9_]{1,64}$/;
const LAYERS_MAX = 10;

interface FailureShape {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly cause?: unknown;
  readonly originalCode?: unknown;
  readonly meta?: { readonly driverAdapterError?: unknown };
}

/**
 * What an operator may read of a failure, at most 129 characters: its class, and the innermost code, which is that of the database
 * or of the system call. Its message is left out, as the database's quote values.
 */
export function failureName(failure: unknown): string {
  const layers = layersOf(failure);
  const name = layers.map((layer) => layer.name).find(isWord) ?? 'Error';
  const code = layers.flatMap((layer) => [layer.code, layer.originalCode]).findLast(isWord);
  return code === undefined ? name : `${name} ${code}`;
}

/** The error, its causes and what Prisma carries in its meta data, outermost first. */
function layersOf(failure: unknown): FailureShape[] {
  const layers: FailureShape[] = [];
  const pending: unknown[] = [failure];
  while (pending.length > 0 && layers.length < LAYERS_MAX) {
    const next = pending.shift();
    if (typeof next !== 'object' || next === null) continue;
    const layer = next as FailureShape;
    layers.push(layer);
    pending.push(layer.cause, layer.meta?.driverAdapterError);
  }
  return layers;
}

function isWord(text: unknown): text is string {
  return typeof text === 'string' && WORD.test(text);
}
