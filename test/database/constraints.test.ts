import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ConstraintName, constraintNames, isConstraintName } from '../../src/database/constraints.js';
import { violatedConstraint } from '../../src/database/database-errors.js';
import { sharedApp } from '../harness/app.js';

const SOURCE = new URL('../../src/', import.meta.url).pathname;
const OWN_FILE = 'database/constraints.ts';

function sources(): { file: string; text: string }[] {
  return readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.startsWith('generated/') && file !== OWN_FILE)
    .map((file) => ({ file, text: readFileSync(join(SOURCE, file), 'utf8') }));
}

describe('the names of constraints that are told apart', () => {
  it('are in the order of the alphabet, each once', () => {
    expect(constraintNames).toEqual([...new Set(constraintNames)].toSorted());
  });

  it('are all names that the database has, as a constraint or a unique index', async () => {
    const app = await sharedApp();
    const { rows } = await app.database.pool.query<{ name: string }>(`
      SELECT conname AS name FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype IN ('p', 'u', 'f')
      UNION
      SELECT relname FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
       WHERE relnamespace = 'public'::regnamespace AND indisunique`);
    const names = new Set(rows.map(({ name }) => name));
    expect(names.size).toBeGreaterThan(constraintNames.length);
    expect(constraintNames.filter((name) => !names.has(name))).toEqual([]);
  });

  it('are all used: what nobody asks about is not listed', () => {
    const texts = sources().map(({ text }) => text);
    const unused = constraintNames.filter(
      (name) => !texts.some((text) => text.includes(`'${name}'`) || text.includes(`  ${name}: '`)),
    );
    expect(unused).toEqual([]);
  });

  it('are a type of their own, so that a name which is none does not compile', () => {
    const name: ConstraintName = 'orders_pkey';
    // @ts-expect-error the compiler finds that the two have nothing in common
    expect(violatedConstraint(new Error('none')) === 'orders_pky').toBe(false);
    expect([isConstraintName(name), isConstraintName('orders_pky'), isConstraintName(undefined)]).toEqual([
      true,
      false,
      false,
    ]);
  });
});
