import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const src = fileURLToPath(new URL('../../src/', import.meta.url));

const sources = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.startsWith('generated/'))
  .map((path) => ts.createSourceFile(path, readFileSync(`${src}${path}`, 'utf8'), ts.ScriptTarget.Latest, true));

function visitAll(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => visitAll(child, visit));
}

/** The texts of a union type. */
function textsOf(file: string, type: string): string[] {
  const texts: string[] = [];
  const source = sources.find(({ fileName }) => fileName === file);
  for (const statement of source?.statements ?? []) {
    if (!ts.isTypeAliasDeclaration(statement) || statement.name.text !== type) continue;
    visitAll(statement.type, (node) => {
      if (ts.isLiteralTypeNode(node) && ts.isStringLiteral(node.literal)) texts.push(node.literal.text);
    });
  }
  return texts;
}

/** A text that something is given. Types name it only, and comparisons and collections ask for it. */
function isGiven(node: ts.StringLiteral): boolean {
  const { parent } = node;
  if (
    ts.isLiteralTypeNode(parent) ||
    ts.isCaseClause(parent) ||
    (ts.isPropertyAssignment(parent) && parent.name === node)
  )
    return false;
  if (ts.isBinaryExpression(parent)) return /^(\?\?|\|\||&&|,|=)$/.test(parent.operatorToken.getText());
  const list = ts.isArrayLiteralExpression(parent) ? parent.parent : null;
  if (list !== null && ts.isNewExpression(list) && list.expression.getText() === 'Set') return false;
  const called = ts.isCallExpression(parent) ? parent.expression : null;
  return !(called !== null && ts.isPropertyAccessExpression(called) && /^(has|includes|get)$/.test(called.name.text));
}

const given = new Set<string>();
for (const source of sources) {
  visitAll(source, (node) => {
    if (ts.isStringLiteral(node) && isGiven(node)) given.add(node.text);
  });
}

describe('a reason for which something is refused', () => {
  it.each([
    ['errors/sign-in-refusal.ts', 'SignInRefusalReason', 50],
    ['errors/app-error.ts', 'RefusalReason', 20],
  ])('is given somewhere, if %s names it', (file, type, atLeast) => {
    const reasons = textsOf(file, type);
    expect(reasons.length).toBeGreaterThan(atLeast);
    expect(reasons.filter((reason) => !given.has(reason))).toEqual([]);
  });
});
