import { describe, expect, it } from 'vitest';

type Graph = ReadonlyMap<string, readonly string[]>;

interface RelatedTests {
  relatedTests: (changed: readonly string[], graph: Graph) => string[];
  pureTests: (graph: Graph) => string[];
  testsThatReach: (module: string, graph: Graph) => string[];
}

const scripts = new URL('../scripts/', import.meta.url).pathname;
const { importGraph } = (await import(`${scripts}import-graph.mjs`)) as { importGraph: () => Graph };
const tests = (await import(`${scripts}related-tests.mjs`)) as RelatedTests;

const graph = importGraph();
const relatedTests = (changed: readonly string[]) => tests.relatedTests(changed, graph);
const testsThatReach = (module: string) => tests.testsThatReach(module, graph);

describe('the tests that npm run check takes', () => {
  it('are, for a service, those of its folder and those that import it in some steps, but not the whole suite', () => {
    const related = relatedTests(['src/addresses/addresses.service.ts']);

    expect(related).toEqual(expect.arrayContaining(['test/addresses/addresses.controller.test.ts']));
    expect(related).not.toContain('test/tokens/tokens.controller.test.ts');
  });

  it('are, for a contract, also those that compare the interface with its document', () => {
    const related = relatedTests(['src/orders/orders.contract.ts']);

    expect(related).toEqual(
      expect.arrayContaining([
        'test/orders/orders.controller.creation.test.ts',
        'test/openapi/interface-document.test.ts',
        'test/scoping.test.ts',
      ]),
    );
  });

  it('are all that speak to the service, when what puts it together changes', () => {
    const related = relatedTests(['src/app.module.ts']);

    for (const test of testsThatReach('test/harness/app.ts')) expect(related).toContain(test);
  });

  it('are, for a document, those that read it', () => {
    expect(relatedTests(['README.md'])).toContain('test/readme.test.ts');
    expect(relatedTests(['openapi.json'])).toContain('test/openapi/interface-document.test.ts');
  });

  it('are, for a changed test, itself, and for nothing, none', () => {
    expect(relatedTests(['test/orders/money.test.ts'])).toEqual(['test/orders/money.test.ts']);
    expect(relatedTests([])).toEqual([]);
  });

  it('need no database, when they are told to be pure', () => {
    const pure = tests.pureTests(graph);

    expect(pure).toContain('test/orders/money.test.ts');
    for (const test of testsThatReach('test/harness/postgres.ts')) expect(pure).not.toContain(test);
  });
});
