import 'reflect-metadata';
import { AppError } from '../errors/app-error.js';
import { describeFailure } from '../launch/failure.js';
import { answerText, onOneLine } from './answer-text.js';
import { readCommand, usage, UsageError } from './command-line.js';
import { commands } from './commands.js';
import { withOperatorTools } from './operator-tools.js';
import { linesOf } from './option-values.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** Where answers and complaints go, each with its line end. */
export interface Streams {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/**
 * Runs one command of the operator. The answer goes to `out`, secrets nowhere else; every fault is one line on `err`.
 *
 * @returns the exit code: 0 done, 1 it could not be done, 2 what was typed cannot be meant
 */
export async function runAdmin(args: readonly string[], environment: Environment, streams: Streams): Promise<number> {
  try {
    const command = readCommand(args);
    if (command === null) {
      streams.out(usage);
      return 0;
    }
    const answer = await withOperatorTools(environment, commands[command.name](command));
    streams.out(command.json ? `${JSON.stringify(answer)}\n` : answerText(answer));
    return 0;
  } catch (cause) {
    if (args.length === 0) streams.err(usage);
    for (const line of faultLines(cause, environment)) streams.err(`${line}\n`);
    return cause instanceof UsageError ? 2 : 1;
  }
}

function faultLines(cause: unknown, environment: Environment): readonly string[] {
  if (cause instanceof UsageError) return [onOneLine(cause.message)];
  if (cause instanceof AppError) return linesOf(cause);
  return describeFailure(cause, environment);
}
