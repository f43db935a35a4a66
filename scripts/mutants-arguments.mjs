import { execFileSync } from 'node:child_process';
import { ROOT } from './project.mjs';

const PARTS = 10;

/**
 * Which checks a run removes.
 *
 * - `--tenth=3`: the third of ten parts. Each part has every tenth check, so that all files have some in it.
 * - `--tenth`: the part whose turn it is: with each commit the next one, and for one commit always the same.
 * - `scope`: those whose name contains the word.
 *
 * @returns the checks, and a line that says which these are and how to have the same ones again
 * @throws Error when there is no such part
 */
export function chosenChecks(checks, args) {
  const [word = ''] = args.filter((argument) => !argument.startsWith('--'));
  const named = checks.filter(({ name }) => name.includes(word));
  const option = args.find((argument) => /^--tenth(=|$)/.test(argument));
  if (option === undefined) return { checks: named, told: `${named.length} of ${checks.length} checks` };
  const part = option === '--tenth' ? (commits() % PARTS) + 1 : Number(option.slice('--tenth='.length));
  if (!Number.isInteger(part) || part < 1 || part > PARTS) throw new Error(`--tenth is 1 to ${PARTS}, not ${option}`);
  const chosen = named.filter((_, index) => index % PARTS === part - 1);
  const again = `the same again: npm run mutants -- --tenth=${part}`;
  return { checks: chosen, told: `${chosen.length} of ${checks.length} checks, part ${part} of ${PARTS} (${again})` };
}

/** Samples of tests are taken by the commit, which the copy of the tree does not know. */
export function sampleSeed() {
  return process.env.TEST_SEED || git('rev-parse', '--short=12', 'HEAD') || 'no-commit';
}

/** How many commits lead to this one; 0 in an archive of the sources. */
function commits() {
  return Number(git('rev-list', '--count', 'HEAD'));
}

/** What git says; nothing in an archive of the sources. */
function git(...args) {
  try {
    return execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return '';
  }
}
