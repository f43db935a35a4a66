import { withClient } from '../harness/postgres.js';

/** One line for each fact of the schema `public`, whatever order things were made in. */
const FACTS = `
  SELECT format('column %s.%s: %s%s%s%s%s', class.relname, attname, format_type(atttypid, atttypmod),
                CASE WHEN attnotnull THEN ' not null' ELSE '' END,
                ' default ' || pg_get_expr(adbin, adrelid),
                CASE WHEN attidentity <> '' OR attgenerated <> '' THEN ' generated' ELSE '' END,
                CASE WHEN attcollation <> typcollation THEN ' collation ' || attcollation::regcollation ELSE '' END) AS fact
    FROM pg_attribute
    JOIN pg_class class ON class.oid = attrelid AND relkind IN ('r', 'p')
    JOIN pg_type ON pg_type.oid = atttypid
    LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
   WHERE relnamespace = 'public'::regnamespace AND attnum > 0 AND NOT attisdropped
  UNION ALL
  SELECT format('constraint %s on %s: %s%s', conname, conrelid::regclass, pg_get_constraintdef(oid),
                CASE WHEN convalidated THEN '' ELSE ' not valid' END)
    FROM pg_constraint
   -- That a column is not null stands with the column; the names that Postgres gives to it mean nothing.
   WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
  UNION ALL
  SELECT 'index ' || pg_get_indexdef(indexrelid) || CASE WHEN indisvalid THEN '' ELSE ' invalid' END
    FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
   WHERE relnamespace = 'public'::regnamespace
  UNION ALL
  SELECT format('enumeration %s: %s', typname, string_agg(enumlabel, ', ' ORDER BY enumsortorder))
    FROM pg_enum JOIN pg_type ON pg_type.oid = enumtypid
   WHERE typnamespace = 'public'::regnamespace GROUP BY typname
  UNION ALL
  SELECT format('relation %s of kind %s%s', relname, relkind, CASE relpersistence WHEN 'p' THEN '' ELSE ' not permanent' END)
    FROM pg_class WHERE relnamespace = 'public'::regnamespace
  UNION ALL
  SELECT format('trigger %s on %s', tgname, tgrelid::regclass) FROM pg_trigger WHERE NOT tgisinternal
  UNION ALL
  SELECT 'function ' || oid::regprocedure FROM pg_proc WHERE pronamespace = 'public'::regnamespace
  UNION ALL
  SELECT 'extension ' || extname FROM pg_extension`;

/** But for the table in which the applied migrations are noted. */
export async function factsOf(url: string): Promise<Set<string>> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<{ fact: string }>(FACTS);
    return new Set(rows.map(({ fact }) => fact).filter((fact) => !fact.includes('_prisma_migrations')));
  });
}

/** What is in one set and not in the other. */
export function without(facts: Set<string>, others: Set<string>): Set<string> {
  return new Set([...facts].filter((fact) => !others.has(fact)));
}
