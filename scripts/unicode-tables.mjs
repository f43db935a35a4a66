// Writes src/text/unicode-tables.ts from the data of the Unicode version that the oldest supported runtime knows. A test compares both.
import './node-version.mjs';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { inProject } from './project.mjs';

const OUTPUT = 'src/text/unicode-tables.ts';
const LINE_LENGTH = 110;

const require = createRequire(import.meta.url);
const unicodeVersion = require('regenerate-unicode-properties/unicode-version.js');

/** Letters without a stroke: the Egyptian blanks. Of all else that is invisible Unicode says so itself. */
const BLANK_LETTERS = [0x13441, 0x13442];

function property(name) {
  return require(`regenerate-unicode-properties/${name}.js`).characters.clone();
}

/** The text of the file. */
export function unicodeTables() {
  const assigned = property('Binary_Property/Assigned').remove(property('General_Category/Surrogate'));
  const word = property('General_Category/Letter')
    .add(property('General_Category/Mark'), property('General_Category/Number'))
    .remove(property('Binary_Property/Default_Ignorable_Code_Point'), BLANK_LETTERS);
  return `// Made by scripts/unicode-tables.mjs from Unicode ${unicodeVersion}.
// A table is a list of lengths in base 36: so many code points from U+0000 are not in it, so many are, so many are not, …

/** What is assigned to a character, halves of surrogate pairs apart. */
export const ASSIGNED =
${literal(assigned)};

/** Letters, marks and numbers (General_Category L, M, N) that can be seen (Default_Ignorable_Code_Point cannot). */
export const WORD =
${literal(word)};
`;
}

function literal(set) {
  const lengths = [];
  let next = 0;
  for (const [start, end] of rangesOf(set)) {
    lengths.push(start - next, end - start);
    next = end;
  }
  const lines = [''];
  for (const length of lengths.map((number) => number.toString(36))) {
    if (lines.at(-1).length + length.length >= LINE_LENGTH) lines.push('');
    lines.push(`${lines.pop()}${length} `);
  }
  return lines.map((line, at) => `  '${at === lines.length - 1 ? line.trimEnd() : line}'`).join(' +\n');
}

/** Half-open. */
function rangesOf(set) {
  const ranges = [];
  for (const code of set.toArray()) {
    const last = ranges.at(-1);
    if (last?.[1] === code) last[1] = code + 1;
    else ranges.push([code, code + 1]);
  }
  return ranges;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) writeFileSync(inProject(OUTPUT), unicodeTables());
