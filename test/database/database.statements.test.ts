import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const tables = [...readFileSync('prisma/schema.prisma', 'utf8').matchAll(/^model [^}]*@@map\("(\w+)"\)/gm)].map(
  ([, table]) => table,
);
const types = [...readFileSync('prisma/schema.prisma', 'utf8').matchAll(/^enum [^}]*@@map\("(\w+)"\)/gm)].map(
  ([, type]) => type,
);

/** Where a statement names a table or a type of ours without its schema, so that the search path of the session would decide. */
function unqualified(text: string): string[] {
  const name = tables.join('|');
  const places = new RegExp(
    String.raw`\b(?:FROM|JOIN|INTO|UPDATE|ONLY|TABLE)\s+(?:(?:${name})\b|\$\{\w*[tT]able\w*\})(?!\.)|::(?:${[...tables, ...types].join('|')})\b`,
    'g',
  );
  return [...text.matchAll(places)].map(([found]) => found);
}

describe('the statements of src', () => {
  it('name the schema of every table, which no session then has to look for', () => {
    expect(tables.length).toBeGreaterThan(15);
    const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.startsWith('generated/'))
      .map((name) => `src/${name}`);
    const found = files.flatMap((file) => unqualified(readFileSync(file, 'utf8')).map((place) => `${file}: ${place}`));
    expect(found).toEqual([]);
    const named = files.map((file) => readFileSync(file, 'utf8').match(/\bpublic\.\w+|\bpublic\.\$\{/g)?.length ?? 0);
    expect(named.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(20);
  });

  it.each([
    ['SELECT 1 FROM customers WHERE id = $1', ['FROM customers']],
    ['UPDATE  orders SET a = 1', ['UPDATE  orders']],
    ['DELETE FROM ${table} WHERE', ['FROM ${table}']],
    ['SELECT jsonb_populate_recordset(NULL::order_items, $1)', ['::order_items']],
    ['SELECT customers.name FROM public.customers JOIN public.orders ON TRUE', []],
    ['SELECT 1 WHERE a IS DISTINCT FROM customers.name', []],
  ])('are looked at so closely that %s shows %j', (text, found) => {
    expect(unqualified(text)).toEqual(found);
  });
});
