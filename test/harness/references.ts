import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What a text of the project says about the project: the prose of it, and the code that it may point at. */
export interface ReadFile {
  readonly path: string;
  /** Comments of code, or a document as a whole. */
  readonly prose: string;
  /** All but the comments; empty for documents. */
  readonly code: string;
}

/** Files that are generated or kept by a program: nobody writes prose there. */
const NOT_READ = /^(openapi|package-lock)\.json$/;
const SCRIPT = /\.(ts|mjs)$/;
const DOCUMENT = /\.md$/;
const WITH_LINE_COMMENTS =
  /(\.(prisma|ya?ml|sql|conf)|(^|\/)(Dockerfile|\.env\.example|\.gitignore|\.dockerignore|run))$/;
const LINE_COMMENT = /(?:^|\s)(?:#|\/\/|--)(?:\s|$).*$/gm;

/** By its looks, which is a hundred times faster than parsing: in a string a comment hardly ever follows a blank. */
const SCRIPT_COMMENT = /(?<=^|[\s({[,])\/\*[^]*?\*\/|(?<=^|\s)\/\/(?: .*)?$/gm;

/** Every file that is committed or about to be. */
export function projectFiles(): string[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  return listed.split('\n').filter((path) => path !== '' && existsSync(join(ROOT, path)));
}

export function readProjectFile(path: string): ReadFile {
  const text = NOT_READ.test(path) ? '' : readFileSync(join(ROOT, path), 'utf8');
  return apart(path, text);
}

/** Tells comments from code. */
export function apart(path: string, text: string): ReadFile {
  if (DOCUMENT.test(path)) return { path, prose: text, code: '' };
  const comment = SCRIPT.test(path) ? SCRIPT_COMMENT : WITH_LINE_COMMENTS.test(path) ? LINE_COMMENT : null;
  if (comment === null) return { path, prose: '', code: text };
  return { path, prose: (text.match(comment) ?? []).join('\n'), code: text.replaceAll(comment, ' ') };
}

/** What the project has, by which a reference is looked up. */
export interface Project {
  readonly files: ReadonlySet<string>;
  readonly code: string;
  /** Scripts of package.json. */
  readonly commands: ReadonlySet<string>;
}

export function projectOf(read: readonly ReadFile[]): Project {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: object };
  return {
    files: new Set(read.map(({ path }) => path)),
    code: read.map(({ code }) => code).join('\n'),
    commands: new Set(Object.keys(scripts)),
  };
}

/** A path or a name with the ending of a file; not what is part of a URL, a variable, a call or a glob. */
const FILE =
  /(?<![\w/.:@*$>-])((?:[\w.@-]+\/)*[\w.@-]*[\w@-]\.(?:ts|mjs|cjs|js|json|md|ya?ml|conf|prisma|sql|sh))(?![\w/(-]|\.\w)/g;
const FOLDER = /`((?:[\w.-]+\/)+)`/g;
const COMMAND = /npm run (?:--silent |-s )?([a-z][\w:-]*)/g;
const VARIABLE = /`([A-Z][A-Z0-9]*_[A-Z0-9_]*[A-Z0-9])\b[^`\n]*`/g;
/** Names in camel case, and calls. */
const IDENTIFIER = /`([a-z]+[A-Z]\w*|[A-Z][a-z]+[A-Z]\w*|\w+(?=\(\)))(?:\(\))?`/g;

/** Folders that a path may be told from: the root, what holds code, and the folder of the text itself. */
const TOLD_FROM = ['', 'src/', 'test/', 'scripts/', 'prisma/'];

/** References of a text to what is not there, each once. */
export function deadReferences({ path, prose }: ReadFile, project: Project): string[] {
  const places = [...TOLD_FROM, `${dirname(path)}/`];
  const named = (pattern: RegExp) => [...prose.matchAll(pattern)].map(([, name]) => name ?? '');
  const dead = [
    ...named(FILE).filter((name) => !isFile(name, places, project)),
    ...named(FOLDER).filter((name) => !isFolder(name, places, project)),
    ...named(COMMAND).flatMap((name) => (project.commands.has(name) ? [] : [`npm run ${name}`])),
    ...named(VARIABLE).filter((name) => !isWord(name, project)),
    // Documents name the code of others as well.
    ...(DOCUMENT.test(path) ? [] : named(IDENTIFIER).filter((name) => !isWord(name, project))),
  ];
  return [...new Set(dead)];
}

function isFile(name: string, places: readonly string[], { files, code, commands }: Project): boolean {
  // `…/file` names no folder.
  if (/^\.{3,}\//.test(name)) return isFile(name.replace(/^\.+\//, ''), places, { files, code, commands });
  const paths = places.map((place) => normalize(`${place}${name}`));
  if (paths.some((path) => files.has(path))) return true;
  // What the build makes of a file of src, and what it bundles.
  const built = /^dist\/(?:bundle\/)?(.+)\.js$/.exec(name)?.[1];
  if (built !== undefined && files.has(`src/${built}.ts`)) return true;
  if (name.includes('/')) return false;
  // By its name alone: a file somewhere, or one that the code writes or reads while it runs.
  return [...files].some((path) => path.endsWith(`/${name}`)) || code.includes(`'${name}'`);
}

function isFolder(name: string, places: readonly string[], { files, code }: Project): boolean {
  const paths = places.map((place) => normalize(`${place}${name}`));
  if (paths.some((path) => [...files].some((file) => file.startsWith(path)))) return true;
  return code.includes(`'${name.slice(0, -1)}'`);
}

function isWord(name: string, { code }: Project): boolean {
  return new RegExp(`\\b${name}\\b`).test(code);
}
