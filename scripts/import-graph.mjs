import { readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import ts from 'typescript';
import { filesBelow, inProject } from './project.mjs';

const FOLDERS = ['src', 'test', 'scripts', 'examples'];
const MODULE = /\.(ts|mts|mjs)$/;

/**
 * Which module of the project imports which, as the sources say: with `import`, `export … from`, `import()`, and types alike.
 *
 * @returns for each module (path from the root of the project) the modules that it imports
 */
export function importGraph() {
  const modules = FOLDERS.flatMap((folder) => filesBelow(inProject(folder)).map((name) => join(folder, name))).filter(
    (path) => MODULE.test(path) && !/\.d\.mts$|\/(generated|node_modules)\//.test(path),
  );
  return new Map(modules.map((path) => [path, importsOf(path)]));
}

/** The same edges the other way round: for each module those that import it. */
export function importersIn(graph) {
  const importers = new Map();
  for (const [path, imported] of graph) {
    for (const each of imported) importers.set(each, [...(importers.get(each) ?? []), path]);
  }
  return importers;
}

/** Everything that is reached from some modules along the edges, they included, but not beyond a module that `isEnd`. */
export function reachedFrom(starts, edges, isEnd = () => false) {
  const reached = new Set(starts);
  for (const path of reached) {
    if (isEnd(path)) continue;
    for (const next of edges.get(path) ?? []) reached.add(next);
  }
  return reached;
}

function importsOf(path) {
  const { importedFiles } = ts.preProcessFile(readFileSync(inProject(path), 'utf8'), true, true);
  return importedFiles.flatMap(({ fileName }) => {
    if (!fileName.startsWith('.')) return [];
    const named = normalize(join(dirname(path), fileName));
    const candidates = [named, named.replace(/\.js$/, '.ts'), named.replace(/\.mjs$/, '.mts')];
    return candidates.filter(isModule).slice(0, 1);
  });
}

function isModule(path) {
  return MODULE.test(path) && statSync(inProject(path), { throwIfNoEntry: false })?.isFile() === true;
}
