const SAME_PRESS_MILLISECONDS = 1_000;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Somebody asked the process to stop. */
export class Interrupted extends Error {
  constructor(readonly reason: string) {
    super(`stopped by ${reason}`);
    this.name = 'Interrupted';
  }
}

/**
 * Listens for whatever ends the service: a signal, the launcher that started it going away, or an error nobody caught. The
 * first one makes `occurred` reject; a second signal ends the process at once.
 */
export class Interruption {
  /** Never resolves. Rejects with `Interrupted` or with the error. */
  readonly occurred: Promise<never>;
  private reject: (cause: unknown) => void = () => {};
  private first: { readonly cause: unknown; readonly at: number } | null = null;

  constructor() {
    this.occurred = new Promise<never>((_, reject) => {
      this.reject = reject;
    });
    // Whoever waits is told; while nobody waits, the rejection must not end the process.
    this.occurred.catch(() => {});
    for (const signal of SIGNALS) process.on(signal, () => this.onSignal(signal));
    process.on('disconnect', () => this.interrupt(new Interrupted('the end of its launcher')));
    process.on('uncaughtException', (error) => this.interrupt(error));
    process.on('unhandledRejection', (reason) => this.interrupt(reason));
  }

  /** Between two steps of the start: goes no further when it has occurred. */
  check(): void {
    if (this.first !== null) throw this.first.cause;
  }

  interrupt(cause: unknown): void {
    this.first ??= { cause, at: Date.now() };
    this.reject(cause);
  }

  private onSignal(signal: string): void {
    // One Ctrl-C arrives several times: from the terminal, from npm and from the launcher.
    const again = this.first !== null && Date.now() - this.first.at > SAME_PRESS_MILLISECONDS;
    if (again) process.exit(1);
    this.interrupt(new Interrupted(signal));
  }
}
