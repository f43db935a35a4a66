import { ConfigError } from '../config/config.js';
import { type Environment, settingOf } from '../config/environment-text.js';
import { StartupError } from '../errors/startup-error.js';

/** Lines for the operator. A cause that we did not foresee shows its stack on request only. */
export function describeFailure(cause: unknown, environment: Environment): readonly string[] {
  if (cause instanceof ConfigError) return cause.problems;
  if (cause instanceof StartupError) return [cause.message];
  const error = cause instanceof Error ? cause : new Error(String(cause));
  if (settingOf(environment, 'LOG_LEVEL') === 'debug') return [error.stack ?? error.message];
  const [firstLine = ''] = error.message.trim().split('\n');
  return [`Unexpected failure: ${error.name}: ${firstLine} (LOG_LEVEL=debug shows where)`];
}
