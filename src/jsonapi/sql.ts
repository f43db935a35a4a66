/**
 * A piece of SQL whose text is ours alone: values stand beside it and never in it. Pieces are put together with `sql` and numbered
 * when the whole is done, so that a `Sql` can be handed to `pool.query` as it is.
 */
export class Sql {
  /** @param chunks what stands before, between and behind the values: one more than there are values */
  private constructor(
    private readonly chunks: readonly string[],
    readonly values: readonly unknown[],
  ) {}

  /** With `$1`, `$2` … for the values. */
  get text(): string {
    return this.chunks.reduce((text, chunk, index) => `${text}$${index}${chunk}`);
  }

  /** The statement as `pool.query` takes it. */
  get statement(): { text: string; values: unknown[] } {
    return { text: this.text, values: [...this.values] };
  }

  static of(chunks: readonly string[], parts: readonly unknown[]): Sql {
    const [first = '', ...rest] = chunks;
    const texts = [first];
    const values: unknown[] = [];
    const append = (text: string) => texts.push(`${texts.pop() ?? ''}${text}`);
    rest.forEach((chunk, index) => {
      const part = parts[index];
      if (part instanceof Sql) {
        const [begin = '', ...more] = part.chunks;
        append(begin);
        texts.push(...more);
        values.push(...part.values);
        append(chunk);
      } else {
        values.push(part);
        texts.push(chunk);
      }
    });
    return new Sql(texts, values);
  }
}

/** SQL as a template: what is put in is a value, or another piece of SQL. */
export function sql(chunks: TemplateStringsArray, ...parts: readonly unknown[]): Sql {
  return Sql.of(chunks, parts);
}

/** The pieces in a row, each in parentheses; `empty` when there is none. */
export function joined(pieces: readonly Sql[], word: 'AND' | 'OR', empty: Sql): Sql {
  const [first, ...rest] = pieces;
  if (first === undefined) return empty;
  if (rest.length === 0) return first;
  return rest.reduce(
    (whole, piece) => (word === 'AND' ? sql`${whole} AND (${piece})` : sql`${whole} OR (${piece})`),
    sql`(${first})`,
  );
}
