/** A column that holds one of a few words, and a CHECK constraint that sees to it. */
export interface EnumeratedColumn {
  readonly table: string;
  readonly column: string;
  /** In the order of the schema. */
  readonly words: readonly string[];
}

const COMMENT = /^\s*\/\/\//;
const ANNOTATION = /^\s*\/\/\/ !\[(.*)\]$/;
const WORDS = /^'[a-z][a-z0-9_]*'(?: \| '[a-z][a-z0-9_]*')*$/;
const FIELD = /^\s+(\w+)\s+String\??(?=\s|$)/;

/**
 * The columns whose field in a Prisma schema has a comment that begins with `!['one' | 'other']`. The generator of types reads the
 * same comments, so that the type of a field and the constraint of its column cannot differ.
 *
 * @param schema text of a schema, laid out as `prisma format` does
 * @throws Error for such a comment that is not understood, or that the generator would overlook: it looks at the beginning only
 */
export function enumeratedColumns(schema: string): EnumeratedColumn[] {
  return [...schema.matchAll(/^model (\w+) \{\n([\s\S]*?)^\}/gm)].flatMap(([, model = '', body = '']) => {
    const table = /@@map\("(\w+)"\)/.exec(body)?.[1] ?? model;
    const lines = body.split('\n');
    return lines.flatMap((line, index) => {
      const annotation = ANNOTATION.exec(line)?.[1];
      if (annotation === undefined) return [];
      const field = lines.slice(index).find((below) => !COMMENT.test(below)) ?? '';
      const name = FIELD.exec(field)?.[1];
      const begins = !COMMENT.test(lines[index - 1] ?? '');
      if (name === undefined || !begins || !WORDS.test(annotation)) {
        throw new Error(`${model}: not a list of words that begins the comment of a text field: ${line.trim()}`);
      }
      const column = / @map\("(\w+)"\)/.exec(field)?.[1] ?? name;
      return { table, column, words: annotation.split(' | ').map((word) => word.slice(1, -1)) };
    });
  });
}

/**
 * What leads from the constraints of one schema to those of another: what must run before the statements that the schema engine
 * writes for tables and columns, and what after them.
 */
export function checkDifference(
  before: readonly EnumeratedColumn[],
  after: readonly EnumeratedColumn[],
): { drops: string; adds: string } {
  const [stood, stands] = [before.map(toCheck), after.map(toCheck)];
  const gone = stood.filter(({ adding }) => !stands.some((check) => check.adding === adding));
  const added = stands.filter(({ adding }) => !stood.some((check) => check.adding === adding));
  return {
    drops: gone.map(({ dropping }) => `-- DropCheck\n${dropping};\n`).join('\n'),
    adds: added.map(({ adding }) => `-- AddCheck\n${adding};\n`).join('\n'),
  };
}

function toCheck({ table, column, words }: EnumeratedColumn) {
  // As Postgres itself would call it.
  const name = `${table}_${column}_check`;
  const list = words.map((word) => `'${word}'`).join(', ');
  return {
    dropping: `ALTER TABLE "${table}" DROP CONSTRAINT "${name}"`,
    adding: `ALTER TABLE "${table}" ADD CONSTRAINT "${name}" CHECK ("${column}" IN (${list}))`,
  };
}
