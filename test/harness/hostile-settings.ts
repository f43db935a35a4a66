import type { ClientBase } from 'pg';

interface Setting {
  readonly name: string;
  readonly vartype: string;
  readonly boot_val: string | null;
  readonly min_val: string | null;
  readonly enumvals: string[] | null;
}

/** What changes texts, times, the order of rows, names, or what a statement may do. */
const CATEGORIES = [
  'Client Connection Defaults / Locale and Formatting',
  'Client Connection Defaults / Statement Behavior',
  'Client Connection Defaults / Other Defaults',
  'Error Handling',
  'Query Tuning / Planner Method Configuration',
  'Version and Platform Compatibility / Other Platforms and Clients',
  'Version and Platform Compatibility / Previous PostgreSQL Versions',
];

/** Texts have no opposite, and a connection that ends before a busy machine has sent its first statement cannot say that it wants longer. */
const HOSTILE_VALUES: Readonly<Record<string, string>> = {
  idle_session_timeout: '10000',
  transaction_timeout: '10000',
  DateStyle: 'German, DMY',
  TimeZone: 'America/St_Johns',
  client_encoding: 'LATIN1',
  createrole_self_grant: 'set',
  default_text_search_config: 'pg_catalog.german',
  restrict_nonsystem_relation_kind: 'view, foreign-table',
  search_path: 'elsewhere, pg_catalog',
  timezone_abbreviations: 'India',
};

/** What cannot be set on a database, or has one value only where tests run. Each with its reason. */
const LEFT_ALONE: Readonly<Record<string, string>> = {
  default_transaction_read_only: 'how an operator closes a database: the service is not ready then',
  transaction_deferrable: 'of one transaction',
  transaction_isolation: 'of one transaction',
  transaction_read_only: 'of one transaction',
  dynamic_library_path: 'names folders of the server',
  extension_control_path: 'names folders of the server',
  default_table_access_method: 'heap is the only one',
  default_tablespace: 'there is no other',
  temp_tablespaces: 'there is no other',
  lc_messages: 'C is the only locale that every server has',
  lc_monetary: 'C is the only locale that every server has',
  lc_numeric: 'C is the only locale that every server has',
  lc_time: 'C is the only locale that every server has',
  icu_validation_level: 'for the making of collations',
  local_preload_libraries: 'names files of the server',
};

/**
 * For every setting of this server that a client may set and that could change how statements work, a value that is not the
 * usual one. A setting that a later Postgres adds must find its place above, or this throws.
 */
export async function hostileSettings(client: ClientBase): Promise<ReadonlyMap<string, string>> {
  const { rows } = await client.query<Setting>(
    `SELECT name, vartype, boot_val, min_val, enumvals FROM pg_settings
     WHERE context IN ('user', 'superuser') AND category = ANY ($1) ORDER BY name`,
    [CATEGORIES],
  );
  const settings = rows.filter(({ name, enumvals }) => !(name in LEFT_ALONE) && enumvals?.length !== 1);
  return new Map(settings.map((setting) => [setting.name, hostileValue(setting)]));
}

function hostileValue({ name, vartype, boot_val: usual, min_val: least, enumvals }: Setting): string {
  const known = HOSTILE_VALUES[name];
  if (known !== undefined) return known;
  switch (vartype) {
    case 'bool':
      return usual === 'on' ? 'off' : 'on';
    case 'enum':
      return enumvals?.findLast((value) => value !== usual) ?? '';
    case 'integer':
    case 'real':
      return least !== null && Number(least) !== Number(usual) && Number(least) !== 0 ? least : '1';
    default:
      throw new Error(`no hostile value is known for ${name}`);
  }
}

/** Sets them for every later connection to the database, or of the role. */
export async function setForLater(
  client: ClientBase,
  whom: `DATABASE ${string}` | `ROLE ${string}`,
  settings: ReadonlyMap<string, string>,
): Promise<void> {
  for (const [name, value] of settings) {
    // A list of names or a pair is several values.
    const values = ['search_path', 'DateStyle'].includes(name) ? value.split(', ') : [value];
    const list = values.map((text) => client.escapeLiteral(text)).join(', ');
    await client.query(`ALTER ${whom} SET ${name} = ${list}`);
  }
}

/** Start-up options of a client of the tests that wants the usual values back, whatever the database has. */
export async function usualOptions(client: ClientBase): Promise<string> {
  const { rows } = await client.query<Setting>(
    'SELECT name, reset_val AS boot_val FROM pg_settings WHERE name = ANY ($1)',
    [[...(await hostileSettings(client)).keys()]],
  );
  return rows.map(({ name, boot_val: usual }) => `-c ${name}=${(usual ?? '').replace(/[\\ ]/g, '\\$&')}`).join(' ');
}
