import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Imports go down only: a folder may import another one only if that one's rank is lower. Files at the top of `src` count as folders. */
const RANKS: Readonly<Record<string, number>> = {
  generated: 0,
  text: 0,
  clock: 1,
  config: 1,
  errors: 1,
  crypto: 2,
  events: 3,
  database: 4,
  jobs: 5,
  jsonapi: 5,
  http: 6,
  keys: 7,
  access: 8,
  sessions: 8,
  oidc: 8,
  health: 9,
  outbox: 9,
  scope: 9,
  customers: 10,
  realms: 10,
  settings: 10,
  'application-keys': 10,
  addresses: 11,
  identities: 11,
  orders: 11,
  sso: 12,
  tokens: 13,
  openapi: 13,
  'app.module.ts': 14,
  'app.setup.ts': 15,
  'local-provider': 15,
  launch: 16,
  // Above the launch, as it finds the database of a running one.
  admin: 17,
  'main.ts': 17,
  'migrate.ts': 17,
  'write-interface.ts': 17,
};

/** A library that is dangerous or opinionated is touched in one place. Types may be imported anywhere. */
const LIBRARY_OWNERS: Readonly<Record<string, RegExp>> = {
  '@nestjs/swagger': /^src\/openapi\/interface-document\.ts$/,
  '@fastify/cors': /^src\/app\.setup\.ts$/,
  '@nestjs/passport': /^src\/tokens\/strategies\//,
  '@prisma/adapter-pg': /^src\/database\//,
  '@prisma/schema-engine-wasm': /^src\/database\//,
  argon2: /^src\/crypto\/password-hasher\.ts$/,
  jose: /^src\/oidc\/provider-key-set\.ts$/,
  jsonwebtoken: /^src\/keys\/token-codec\.ts$/,
  'oidc-provider': /^src\/local-provider\//,
  'openid-client': /^src\/oidc\/oidc-client\.ts$/,
  passport: /^src\/tokens\/(login-strategies|strategies\/oidc\.strategy)\.ts$/,
  'passport-local': /^src\/tokens\/strategies\/password\.strategy\.ts$/,
  pg: /^src\/(database|launch)\//,
  undici: /^src\/oidc\/outbound\.ts$/,
  pino: /^src\/http\/logger\.ts$/,
  tr46: /^src\/customers\/email-address\.ts$/,
};

/** What answers by the tables of the runtime. Controls and halves of surrogate pairs are the same in all versions of Unicode. */
const RUNTIME_TABLES =
  /\bIntl\.|\.toLocale\w+|\.localeCompare\(|\.normalize\(|\bdomainTo\w+|\\[pP]\{(?!C[cs]\})[\w=]+\}/g;
const RUNTIME_TABLES_ALLOWED = [
  /^src\/text\/(folding|runtime-characters)\.ts: \.normalize\($/,
  // Only what a terminal shows.
  /^src\/admin\/answer-text\.ts: \\p\{Cf\}$/,
  // Only whether an index is used; what is found is the same.
  /^src\/customers\/typed-search\.ts: \\p\{(L|Script=\w+)\}$/,
];

const LINES_MAX = 300;
const NAMES_THAT_SAY_NOTHING = /(^|[/.-])(utils?|helpers?|common|shared|misc|base|manager|types|index)([.-]|\/|$)/;

interface SourceImport {
  readonly from: string;
  readonly specifier: string;
  /** Path of the imported file, null for a package. */
  readonly file: string | null;
  readonly typeOnly: boolean;
}

function filesBelow(folder: string, extension = /\.(ts|mjs)$/): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory())
      return entry.name === 'generated' || entry.name === 'node_modules' ? [] : filesBelow(path, extension);
    return extension.test(entry.name) ? [path] : [];
  });
}

function importsOf(path: string): SourceImport[] {
  const source = ts.createSourceFile(path, readFileSync(join(root, path), 'utf8'), ts.ScriptTarget.Latest);
  return source.statements.flatMap((statement) => {
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) return [];
    const { moduleSpecifier } = statement;
    if (moduleSpecifier === undefined || !ts.isStringLiteral(moduleSpecifier)) return [];
    const specifier = moduleSpecifier.text;
    const file = specifier.startsWith('.') ? normalize(join(dirname(path), specifier)).replace(/\.js$/, '.ts') : null;
    return [{ from: path, specifier, file, typeOnly: isTypeOnly(statement) }];
  });
}

function isTypeOnly(statement: ts.ImportDeclaration | ts.ExportDeclaration): boolean {
  if (ts.isExportDeclaration(statement)) return statement.isTypeOnly;
  const clause = statement.importClause;
  if (clause === undefined) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const bindings = clause.namedBindings;
  if (clause.name !== undefined || bindings === undefined || !ts.isNamedImports(bindings)) return false;
  return bindings.elements.length > 0 && bindings.elements.every((element) => element.isTypeOnly);
}

/** `src/keys/key-ring.ts` -> `keys`; `src/main.ts` -> `main.ts`. */
function folderOf(path: string): string {
  return relative('src', path).split('/')[0] ?? '';
}

const sources = filesBelow('src');
const imports = sources.flatMap(importsOf);

describe('the architecture', () => {
  it('ranks every folder of src, so that a new one must find its place', () => {
    const folders = [...new Set(sources.map(folderOf))].filter((folder) => !(folder in RANKS));
    expect(folders).toEqual([]);
  });

  it('lets imports go down only', () => {
    const wrong = imports.flatMap(({ from, file }) => {
      if (file === null) return [];
      const [importer, imported] = [folderOf(from), folderOf(file)];
      const edge = `${from} -> ${file}`;
      if (importer === imported) return [];
      return (RANKS[imported] ?? Infinity) < (RANKS[importer] ?? -1) ? [] : [edge];
    });
    expect(wrong).toEqual([]);
  });

  it('has no cycle of imports, as a decorated one crashes only in the built service', () => {
    const edges = new Map<string, string[]>();
    for (const { from, file, typeOnly } of imports) {
      if (file !== null && !typeOnly) edges.set(from, [...(edges.get(from) ?? []), file]);
    }
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) cycles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
      if (done.has(file) || path.includes(file)) return;
      for (const next of edges.get(file) ?? []) visit(next, [...path, file]);
      done.add(file);
    };
    for (const file of edges.keys()) visit(file, []);
    expect(cycles).toEqual([]);
  });

  it('keeps each library with its owner', () => {
    const strays = imports.flatMap(({ from, specifier, typeOnly }) => {
      const [library, owner] =
        Object.entries(LIBRARY_OWNERS).find(([name]) => specifier === name || specifier.startsWith(`${name}/`)) ?? [];
      return library === undefined || typeOnly || owner?.test(from) ? [] : [`${from}: ${specifier}`];
    });
    expect(strays).toEqual([]);
  });

  it('reads the environment at the edge only', () => {
    const readers = sources.filter((path) => /process\.env\b/.test(readFileSync(join(root, path), 'utf8')));
    expect(
      readers.filter((path) => !/^src\/(main\.ts|migrate\.ts|launch\/|local-provider\/main\.ts)/.test(path)),
    ).toEqual([]);
  });

  it('asks the tables of the runtime in one place only, as they differ between runtimes (src/text)', () => {
    const places = sources.flatMap((path) =>
      (readFileSync(join(root, path), 'utf8').match(RUNTIME_TABLES) ?? []).map((use) => `${path}: ${use}`),
    );
    expect(places.filter((place) => !RUNTIME_TABLES_ALLOWED.some((allowed) => allowed.test(place)))).toEqual([]);
  });

  it('never asks URL.canParse, whose answer changes while Node 20 runs (src/config/url.ts)', () => {
    const askers = sources.filter((path) => /canParse\(/.test(readFileSync(join(root, path), 'utf8')));
    expect(askers).toEqual([]);
  });

  it('has no file over 300 lines and no name that says nothing', () => {
    const files = ['src', 'test', 'scripts', 'examples'].flatMap((folder) => filesBelow(folder));
    const long = files.filter((path) => readFileSync(join(root, path), 'utf8').split('\n').length - 1 > LINES_MAX);
    expect(long).toEqual([]);
    expect(files.filter((path) => NAMES_THAT_SAY_NOTHING.test(path))).toEqual([]);
  });

  it('mirrors src in test: every test file below a folder of src names a file there', () => {
    // Tests of the launch start whole processes and follow them, so they are named after what is told, not after a file.
    const folders = new Set(sources.map(folderOf).filter((folder) => folder !== 'launch'));
    const strays = filesBelow('test')
      .filter((path) => path.endsWith('.test.ts') && folders.has(path.split('/')[1] ?? ''))
      .filter((path) => {
        const source = path.replace(/^test/, 'src').replace(/\.test\.ts$/, '');
        // `customers.controller.deletion.test.ts` tests one topic of `customers.controller.ts`.
        return ![source, source.replace(/\.[^./]+$/, '')].some((name) => isFile(`${name}.ts`));
      });
    expect(strays).toEqual([]);
  });

  it('decides the tier of a test in one place', () => {
    const decides = /TEST_TIER|TEST_SEED|inject\('(tier|seed|samplesFolder)'\)|INTERFACE_(SEED|RUNS)/;
    const strays = filesBelow('test')
      .filter((path) => !path.startsWith('test/harness/tier/') && path !== 'test/architecture.test.ts')
      .filter((path) => decides.test(readFileSync(join(root, path), 'utf8')));
    expect(strays).toEqual([]);
  });

  it('gives every property run its size and its seed by the tier', () => {
    const sizes = /numRuns: [\d_]+|seed: [\d_]+/;
    const strays = filesBelow('test').filter((path) => sizes.test(readFileSync(join(root, path), 'utf8')));
    expect(strays).toEqual([]);
  });

  it('waits for what happens with the patience of all tests, and measures no time', () => {
    const hurries =
      /pg_stat_activity WHERE pg_backend_pid|vi\.waitFor\(|expect\.poll\([^;]*timeout|expect\((performance|Date)\.now\(\) - \w+\)/;
    const strays = filesBelow('test')
      .filter((path) => path !== 'test/harness/patience.ts' && path !== 'test/architecture.test.ts')
      .filter((path) => hurries.test(readFileSync(join(root, path), 'utf8')));
    expect(strays).toEqual([]);
  });

  it('pins every dependency to one version', () => {
    const { dependencies, devDependencies, optionalDependencies } = JSON.parse(
      readFileSync(join(root, 'package.json'), 'utf8'),
    ) as Record<string, Record<string, string>>;
    const versions = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies });
    expect(versions.filter(([, version]) => !/^(npm:@?[\w./-]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
  });
});

function isFile(path: string): boolean {
  return statSync(join(root, path), { throwIfNoEntry: false })?.isFile() ?? false;
}
