import type { Answer } from './commands.js';

/** Members of a command's answer that a list shows as columns, in this order. */
const COLUMNS: Readonly<Record<string, readonly string[]>> = {
  stores: ['handle', 'id', 'registration', 'created_at'],
  application_keys: ['client_id', 'name', 'grants', 'permissions'],
  jobs: ['name', 'last_run_at', 'last_success_at', 'rows', 'failure', 'holder', 'due_at'],
};

/** The answer for people: records member by member, lists as tables. */
export function answerText(answer: Answer): string {
  return Object.entries(answer)
    .map(([name, value]) => {
      const columns = COLUMNS[name];
      if (Array.isArray(value) && columns !== undefined) return table(value as Answer[], columns);
      if (typeof value === 'object' && value !== null) return `${title(name)}\n${record(value as Answer)}`;
      return `${title(name)}: ${cell(value)}\n`;
    })
    .join('\n');
}

function record(members: Answer): string {
  const entries = Object.entries(members).filter(([name]) => name !== 'type' && name !== 'meta');
  const width = Math.max(...entries.map(([name]) => name.length));
  return entries.map(([name, value]) => `  ${name.padEnd(width)}  ${cell(value)}${note(name)}\n`).join('');
}

function note(name: string): string {
  return name === 'client_secret' ? '   (shown this once: keep it now)' : '';
}

function table(rows: readonly Answer[], columns: readonly string[]): string {
  const lines = [columns, ...rows.map((row) => columns.map((name) => cell(row[name])))];
  const widths = columns.map((_, at) => Math.max(...lines.map((line) => (line[at] ?? '').length)));
  return lines
    .map(
      (line) =>
        `${line
          .map((text, at) => text.padEnd(widths[at] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

function cell(value: unknown): string {
  const shown: unknown = value ?? '-';
  return onOneLine(Array.isArray(shown) ? shown.join(',') : String(shown));
}

/** Text that others chose stays on one line, and tells the terminal nothing. */
export function onOneLine(text: string): string {
  return text.replaceAll(/\p{Cc}|\p{Cf}|\u2028|\u2029/gu, '?');
}

function title(name: string): string {
  const words = name.replaceAll('_', ' ');
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`;
}
