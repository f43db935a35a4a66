import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { filesBelow } from './project.mjs';

const MARKER = /\/\/ check: (.+)|\/\* check: (.+?) \*\//g;
const BLANKS_AND_COMMENTS = /(?:\s|\/\/.*|\/\*[^]*?\*\/)*/y;
const COMMA = /\s*,/y;

/**
 * The markers of security checks in the sources: a comment `check: <name>` on the line above the check, or right before it on its
 * line. The check is the outermost piece of code that begins there: a statement, a member, an element of a list, an argument, a
 * decorator, an expression. Of a constant it is the value, as what uses the constant would only crash without it.
 *
 * @param root of the tree
 * @returns for each its name, the path and the text of its file, and where in that text the check starts and ends
 */
export function markersIn(root) {
  return filesBelow(join(root, 'src'))
    .filter((path) => path.endsWith('.ts') && !path.startsWith('generated/'))
    .flatMap((path) => markersOf(`src/${path}`, readFileSync(join(root, 'src', path), 'utf8')));
}

/** @throws Error when no code begins behind a marker */
export function markersOf(path, text) {
  const comments = [...text.matchAll(MARKER)];
  if (comments.length === 0) return [];
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest);
  return comments.map(({ 0: comment, 1: above, 2: before, index }) => {
    const name = above ?? before;
    const code = codeBehind(source, index, index + comment.length);
    if (code === undefined) throw new Error(`${path}: no code begins behind the marker "${name}"`);
    return { name, path, text, start: code.getStart(source), end: code.end };
  });
}

/**
 * The text of the file once the check is gone, in a list together with its comma.
 *
 * @param instead what stands in its place, or what makes that of the code of the check
 */
export function withoutCheck({ text, start, end }, instead) {
  const replacement = typeof instead === 'function' ? instead(text.slice(start, end)) : instead;
  if (replacement !== undefined) return text.slice(0, start) + replacement + text.slice(end);
  COMMA.lastIndex = end;
  return text.slice(0, start) + text.slice(COMMA.test(text) ? COMMA.lastIndex : end);
}

function codeBehind(source, commentStart, commentEnd) {
  BLANKS_AND_COMMENTS.lastIndex = commentEnd;
  BLANKS_AND_COMMENTS.test(source.text);
  const start = BLANKS_AND_COMMENTS.lastIndex;
  // What a node begins at includes the comments before it: text in a string that looks like a marker belongs to none.
  const find = (node) => {
    if (commentStart < node.pos || start >= node.end) return undefined;
    // A part of a template begins with its expression too, and goes on with the text behind it.
    const isCode = node.getStart(source) === start && !ts.isTemplateSpan(node);
    return isCode ? node : ts.forEachChild(node, find);
  };
  const node = ts.forEachChild(source, find);
  return node !== undefined && ts.isVariableStatement(node) ? node.declarationList.declarations[0]?.initializer : node;
}
