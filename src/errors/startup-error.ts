/**
 * A reason why the service cannot start that its operator can mend: one line that names the variable and what to do. It is
 * printed as it stands, without a stack, and the process exits with code 1.
 */
export class StartupError extends Error {
  constructor(line: string, options?: ErrorOptions) {
    super(line, options);
    this.name = 'StartupError';
  }
}
