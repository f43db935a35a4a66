import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { environmentVariables } from '../../src/config/environment.js';

interface Documented {
  name: string;
  default: string | null;
  text: string;
  /** Whether it says that the value may come from a file. */
  file: boolean;
}

const inSource: Documented[] = Object.entries(environmentVariables).map(([name, variable]) => ({
  name,
  default: variable.default,
  text: variable.text,
  file: variable.secret,
}));

function read(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
}

/** Rows of the table whose first cells are names of variables: "| `NAME` or `NAME_FILE` | `default` | text |". */
function inReadme(): Documented[] {
  return read('README.md')
    .split('\n')
    .flatMap((line) => {
      const cells = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
      const names = [...(cells[1] ?? '').matchAll(/`([A-Z0-9_]+)`/g)].map(([, name]) => name ?? '');
      const [name, alternative] = names;
      if (cells.length !== 5 || name === undefined || !/^[A-Z][A-Z0-9_]+$/.test(name)) return [];
      const shown = (cells[2] ?? '').replaceAll('`', '');
      const file = alternative === `${name}_FILE`;
      return [{ name, default: shown === '–' ? null : shown, text: cells[3] ?? '', file }];
    });
}

/** Blocks of "# text", then `NAME=default`, or `# NAME=` with "# default: …" below where no fixed value is the default. */
function inExample(): Documented[] {
  const block = /^# (.+)\n(# )?([A-Z][A-Z0-9_]*)=(.*)(?:\n# default: (.+))?$/gm;
  return [...read('.env.example').matchAll(block)].map(
    ([, text = '', commented, name = '', value = '', described]) => ({
      name,
      default: described ?? (commented === undefined ? value : null),
      text: text.replace(` (or ${name}_FILE)`, ''),
      file: text.endsWith(` (or ${name}_FILE)`),
    }),
  );
}

describe('environmentVariables', () => {
  it('is what the table in the README says: the same variables, defaults, texts and file alternatives', () => {
    expect(inReadme()).toEqual(inSource);
  });

  it('is what .env.example says: the same variables, defaults, texts and file alternatives', () => {
    expect(inExample()).toEqual(inSource);
  });

  it('is copied by .env.example without a line of it that is something else', () => {
    const assignments = read('.env.example').match(/^(# )?[A-Z][A-Z0-9_]*=/gm) ?? [];
    expect(assignments.map((text) => text.replace('# ', '').replace('=', ''))).toEqual(
      Object.keys(environmentVariables),
    );
  });

  it('documents defaults that its own rules accept', () => {
    const fixed = inSource.filter((variable) => variable.default !== null && !/[ :]/.test(variable.default));
    expect(fixed.map(({ name }) => name)).toEqual([
      'NODE_ENV',
      'PORT',
      'HOST',
      'DATABASE_POOL_SIZE',
      'DATA_DIR',
      'TOKEN_SIGNING_ALG',
      'ACCESS_TOKEN_LIFETIME_SECONDS',
      'CUSTOMER_TOKEN_LIFETIME_SECONDS',
      'ARGON2_MEMORY_KIB',
      'ARGON2_PASSES',
      'ARGON2_LANES',
      'PASSWORD_MIN_LENGTH',
      'LOG_LEVEL',
      'TRUST_PROXY',
      'OIDC_INTERNAL_PROVIDER_HOSTS',
      'EVENT_RETENTION_DAYS',
      'SSO_STARTS_PER_MINUTE',
    ]);
    const refused = Object.entries(environmentVariables).filter(
      ([name, { rule }]) =>
        fixed.some((variable) => variable.name === name) &&
        !rule.safeParse(fixed.find((variable) => variable.name === name)?.default).success,
    );
    expect(refused).toEqual([]);
  });
});
