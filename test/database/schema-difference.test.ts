import { beforeAll, describe, expect, it } from 'vitest';
import { schemaDifference } from '../../src/database/schema-difference.js';
import { emptyDatabaseUrl, withClient } from '../harness/postgres.js';
import { factsOf, without } from './schema-facts.js';

const HEAD = 'datasource db {\n  provider = "postgresql"\n}\n';

function lamps(...fields: string[]): string {
  return `${HEAD}\nmodel Lamp {\n  id String @id\n  ${fields.join('\n  ')}\n\n  @@map("lamps")\n}\n`;
}

const COLORED = lamps(`/// !['red' | 'blue']`, 'color String');

let anyUrl: string;

beforeAll(async () => {
  anyUrl = await emptyDatabaseUrl();
});

async function databaseAfter(...schemas: string[]): Promise<Set<string>> {
  const url = await emptyDatabaseUrl();
  let before: string | null = null;
  for (const schema of schemas) {
    const sql = await schemaDifference(anyUrl, before, schema);
    await withClient(url, (client) => client.query(sql));
    before = schema;
  }
  return factsOf(url);
}

describe('schemaDifference', () => {
  it.each([
    ['another word', lamps(`/// !['red' | 'blue' | 'green']`, 'color String')],
    ['a word less', lamps(`/// !['red']`, 'color String')],
    ['no words any more', lamps('color String')],
    ['another name of the column', lamps(`/// !['red' | 'blue']`, 'color String @map("shade")')],
    ['no such column any more', lamps('watts Int')],
    ['one more column with words', lamps(`/// !['red' | 'blue']`, 'color String', `/// !['hot']`, 'heat String?')],
    ['no such table any more', HEAD],
  ])('with %s, leads to the database that the new schema would have made', async (_what, changed) => {
    const [changedLater, made] = [await databaseAfter(COLORED, changed), await databaseAfter(changed)];

    expect(without(changedLater, made)).toEqual(new Set());
    expect(without(made, changedLater)).toEqual(new Set());
    expect(made).not.toEqual(await databaseAfter(COLORED));
  });

  it('is empty where only comments differ', async () => {
    expect(await schemaDifference(anyUrl, COLORED, COLORED.replace('model', '/// Shines.\nmodel'))).toBe('');
  });
});
