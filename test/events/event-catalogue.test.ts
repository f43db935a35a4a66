import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { eventCatalogue, refusalTypes } from '../../src/events/event-catalogue.js';

const page = readFileSync(new URL('../../docs/events.md', import.meta.url), 'utf8');

/** The rows of the table under a heading, each with its cells as they are shown. */
function rowsUnder(heading: string): string[][] {
  const [, section = ''] = page.split(`\n## ${heading}\n`);
  const lines = (section.split('\n## ')[0] ?? '').split('\n').filter((line) => line.startsWith('| `'));
  return lines.map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}

const quoted = (name: string) => `\`${name}\``;

describe('docs/events.md', () => {
  it('lists every type with its subject, its data and whether log lines name it', () => {
    const entries = Object.entries(eventCatalogue).map(([type, { subject, security, data }]) => [
      `${quoted(type)}${security ? ' ●' : ''}`,
      quoted(subject),
      data.map(quoted).join(', '),
    ]);

    expect(rowsUnder('Types')).toEqual(entries);
  });

  it('lists every type of refusal', () => {
    expect(rowsUnder('Refusals').map(([type]) => type)).toEqual(refusalTypes.map(quoted));
  });
});
