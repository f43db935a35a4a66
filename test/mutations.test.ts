import { describe, expect, it } from 'vitest';

type Marker = { readonly name: string; readonly path: string };
type Instead = string | ((check: string) => string);

const scripts = new URL('../scripts/mutations.mjs', import.meta.url).href;
const { markersOf, withoutCheck } = (await import(scripts)) as {
  markersOf: (path: string, text: string) => Marker[];
  withoutCheck: (marker: Marker, instead?: Instead) => string;
};

/** What is left of the code with one marker, on one line. */
function left(text: string, instead?: Instead): string {
  const [marker, ...others] = markersOf('src/a.ts', text);
  if (marker === undefined || others.length > 0) throw new Error('the text has one marker');
  return withoutCheck(marker, instead)
    .replaceAll(/\/\/ check: .+\n|\/\* check: .+? \*\//g, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

describe('the code behind the marker of a security check', () => {
  it.each([
    ['a statement', 'f(() => {\n  // check: a\n  if (x) throw y;\n  g();\n});', 'f(() => { g(); });'],
    ['the first statement', '// check: a\nf();\ng();', 'g();'],
    ['a property', 'f({\n  // check: a\n  x: 1,\n  y,\n});', 'f({ y, });'],
    ['an element', 'f([\n  // check: a\n  x(1),\n  y,\n]);', 'f([ y, ]);'],
    ['the last element', 'f([x, /* check: a */ y]);', 'f([x, ]);'],
    ['an argument', 'f(/* check: a */ x.y, z);', 'f( z);'],
    ['a decorator', 'class A {\n  @X()\n  // check: a\n  @Y()\n  z() {}\n}', 'class A { @X() z() {} }'],
    ['a member', 'class A {\n  // check: a\n  x() {}\n  y() {}\n}', 'class A { y() {} }'],
    ['a statement below other comments', '// check: a\n/* b */\n// c\nf();\ng();', '/* b */ // c g();'],
  ])('is %s, which is left out', (_what, text, rest) => {
    expect(left(text)).toBe(rest);
  });

  it.each([
    ['a condition', 'if (x && /* check: a */ y.z(1)) f();', 'if (x && true) f();'],
    ['the first part of a condition with the rest', 'if (/* check: a */ x && y) f();', 'if ( true) f();'],
    ['what is denied', 'if (!(/* check: a */ x.y())) f();', 'if (!( true)) f();'],
    ['the value of a constant', '// check: a\nconst x = y(1);', 'const x = true;'],
    ['a part of a template', 'f(`x ${/* check: a */ "y"} z`);', 'f(`x ${ true} z`);'],
  ])('is %s, in whose place something else stands', (_what, text, rest) => {
    expect(left(text, 'true')).toBe(rest);
  });

  it('can be a part of what stands in its place', () => {
    expect(left('f(/* check: a */ x.y());', (check) => `z || ${check}`)).toBe('f( z || x.y());');
  });

  it('has the name that the comment says', () => {
    const names = markersOf('src/a.ts', '// check: a: b’s\nf(/* check: c, d */ x);').map(({ name }) => name);
    expect(names).toEqual(['a: b’s', 'c, d']);
  });

  it.each(['f();\n// check: a\n', "f('// check: a', x);", 'f(`\n// check: a\nx`);'])('is missing in %j', (text) => {
    expect(() => markersOf('src/a.ts', text)).toThrow('src/a.ts: no code begins behind the marker');
  });
});
