import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { importersIn, importGraph, reachedFrom } from './import-graph.mjs';
import { inProject, ROOT } from './project.mjs';

/** Whoever is reached by one of these is reached by every feature, since the service is put together here. */
const ASSEMBLY = /^src\/(app\.module|app\.setup)\.ts$/;
const TEST = /^test\/.*\.test\.ts$/;
/** What makes a test need a database or a process of the service. */
const OUTSIDE = /^test\/harness\/(postgres|service-process|app)\.ts$/;

/** Changes that no import tells of, and the tests that they concern beside those of their folder. */
const FAR_REACHING = [
  [/^src\/.*\.(controller|contract)\.ts$/, /^test\/(openapi\/|interface-answers|scoping)/],
  [/^src\/.*\.query\.ts$/, /^test\/scoping/],
  [/^prisma\//, /^test\/database\//],
  [/^src\/(launch|local-provider|main)/, /^test\/launch\//],
];

/** The tests that need neither a database nor a process of the service. */
export function pureTests(graph = importGraph()) {
  return testsIn(graph).filter((test) => ![...reachedFrom([test], graph)].some((path) => OUTSIDE.test(path)));
}

/** The tests that reach a module of the harness. */
export function testsThatReach(module, graph = importGraph()) {
  const reached = reachedFrom([module], importersIn(graph));
  return testsIn(graph).filter((test) => reached.has(test));
}

/**
 * The tests that a change concerns: the changed ones; those of the changed folder; those that import what changed, in however many steps,
 * though not by way of the whole service; those that read a changed file by its name; and what `FAR_REACHING` says.
 *
 * @param changed paths from the root of the project
 */
export function relatedTests(changed, graph = importGraph()) {
  const importers = importersIn(graph);
  const modules = changed.filter((path) => graph.has(path));
  const isEnd = (path) => ASSEMBLY.test(path) && !modules.some((module) => ASSEMBLY.test(module));
  const reached = reachedFrom(modules, importers, isEnd);
  const readers = modulesThatName(
    changed.filter((path) => !path.startsWith('src/') && !TEST.test(path)),
    graph,
  );
  const readByTests = reachedFrom(readers, importers);
  const folders = changed
    .filter((path) => /^src\/[^/]+\//.test(path))
    .map((path) => dirname(path).replace(/^src/, 'test'));
  const far = FAR_REACHING.filter(([what]) => changed.some((path) => what.test(path))).map(([, tests]) => tests);
  return testsIn(graph).filter(
    (test) =>
      reached.has(test) ||
      readByTests.has(test) ||
      folders.includes(dirname(test)) ||
      far.some((tests) => tests.test(test)),
  );
}

/** Files that differ from a commit, and new ones that git does not ignore; deleted ones are left out. */
export function changedSince(base) {
  const git = (...args) => execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).split('\0').filter(Boolean);
  return [
    ...git('diff', '--name-only', '-z', '--diff-filter=d', base, '--'),
    ...git('ls-files', '--others', '--exclude-standard', '-z'),
  ];
}

function testsIn(graph) {
  return [...graph.keys()].filter((path) => TEST.test(path));
}

/** Modules of the tests in whose text the name of one of the files stands. */
function modulesThatName(files, graph) {
  const names = [...new Set(files.map((path) => basename(path)))];
  return [...graph.keys()].filter((path) => {
    if (!path.startsWith('test/') || names.length === 0) return false;
    const source = readFileSync(inProject(path), 'utf8');
    return names.some((name) => source.includes(name));
  });
}
