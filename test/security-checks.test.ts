import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

interface SecurityCheck {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  readonly tests: readonly string[];
}

const root = fileURLToPath(new URL('..', import.meta.url));
const scripts = new URL('../scripts/security-checks.mjs', import.meta.url).href;
const { securityChecks } = (await import(scripts)) as { securityChecks: readonly SecurityCheck[] };
const testFiles = readdirSync(`${root}test`, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.test.ts'))
  .map((path) => `test/${path}`);

/** `npm run mutants` takes its time, so that nobody would notice for long that it cannot even begin. */
describe('the security checks that npm run mutants removes', () => {
  it('have names of their own', () => {
    const names = securityChecks.map(({ name }) => name);
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it('each stand exactly once in their file, and their removal changes it', () => {
    const strays = securityChecks
      .filter(({ file, find, replace }) => {
        const text = existsSync(`${root}${file}`) ? readFileSync(`${root}${file}`, 'utf8') : '';
        return find === '' || find === replace || text.split(find).length !== 2;
      })
      .map(({ name, file }) => `${name}: ${file}`);
    expect(strays).toEqual([]);
  });

  it('are each noticed by tests that exist', () => {
    const strays = securityChecks.flatMap(({ name, tests }) =>
      tests.length > 0 ? tests.filter((path) => !isStartOfTest(path)).map((path) => `${name}: ${path}`) : [name],
    );
    expect(strays).toEqual([]);
  });
});

/** Vitest runs every file whose path holds the text. */
function isStartOfTest(path: string): boolean {
  return testFiles.some((file) => file.includes(path));
}
