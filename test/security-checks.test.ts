import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

type Instead = string | ((check: string) => string);

interface SecurityCheck {
  readonly name: string;
  readonly at?: string;
  readonly instead?: Instead;
  readonly tests: readonly string[];
}

interface Marker {
  readonly name: string;
  readonly path: string;
  readonly text: string;
}

const root = fileURLToPath(new URL('..', import.meta.url));
const { securityChecks } = (await import(`${root}scripts/security-checks.mjs`)) as {
  securityChecks: readonly SecurityCheck[];
};
const { markersIn, withoutCheck } = (await import(`${root}scripts/mutations.mjs`)) as {
  markersIn: (root: string) => Marker[];
  withoutCheck: (marker: Marker, instead?: Instead) => string;
};
const markers = markersIn(root);
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

  it('are each marked in one place of the sources, and nothing else is', () => {
    const marked = markers.map(({ name }) => name);
    const listed = new Set(securityChecks.map(({ name, at = name }) => at));
    expect(marked.toSorted()).toEqual([...listed].toSorted());
  });

  it.each(securityChecks)('can be taken out: $name', ({ name, at = name, instead }) => {
    const marker = markers.find((marker) => marker.name === at);
    if (marker === undefined) throw new Error(`no marker "${at}"`);

    const text = withoutCheck(marker, instead);

    expect(text).not.toBe(marker.text);
    expect(faultsOf(text)).toEqual([]);
  });

  it('are each noticed by tests that exist', () => {
    const strays = securityChecks.flatMap(({ name, tests }) =>
      tests.length > 0 ? tests.filter((path) => !isStartOfTest(path)).map((path) => `${name}: ${path}`) : [name],
    );
    expect(strays).toEqual([]);
  });
});

/** Why the text is no code. */
function faultsOf(text: string): string[] {
  const { diagnostics = [] } = ts.transpileModule(text, {
    reportDiagnostics: true,
    compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext, experimentalDecorators: true },
  });
  return diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
}

/** Vitest runs every file whose path holds the text. */
function isStartOfTest(path: string): boolean {
  return testFiles.some((file) => file.includes(path));
}
