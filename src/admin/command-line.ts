/** What was typed cannot be run: one line that says why. The process exits with code 2. */
export class UsageError extends Error {
  constructor(line: string) {
    super(line);
    this.name = 'UsageError';
  }
}

/** What a command takes. Names of options without their dashes; every option but `json` takes a value. */
interface CommandShape {
  readonly places: readonly string[];
  readonly options: readonly string[];
  readonly usage: string;
}

const commandShapes = {
  'store create': { places: ['handle'], options: [], usage: 'store create <handle>' },
  'store list': { places: [], options: [], usage: 'store list' },
  'store settings': {
    places: ['store'],
    options: ['registration', 'require-current-password', 'page-length', 'address-limit'],
    usage:
      'store settings <store> [--registration open|client_credentials] [--require-current-password on|off] [--page-length n] [--address-limit n]',
  },
  'key create': {
    places: ['store'],
    options: ['name', 'preset', 'grants', 'permissions'],
    usage:
      'key create <store> --name text (--preset storefront|orders|customers-read|admin | --grants a,b --permissions a,b)',
  },
  'key list': { places: ['store'], options: [], usage: 'key list <store>' },
  'key rotate': {
    places: ['store', 'client_id'],
    options: ['overlap'],
    usage: 'key rotate <store> <client_id> [--overlap seconds]',
  },
  'key delete': { places: ['store', 'client_id'], options: [], usage: 'key delete <store> <client_id>' },
  jobs: { places: [], options: [], usage: 'jobs' },
} as const satisfies Record<string, CommandShape>;

export type CommandName = keyof typeof commandShapes;

export interface Command {
  readonly name: CommandName;
  /** By the name of the place: `store`, `handle`, `client_id`. */
  readonly places: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, string>>;
  /** One line of JSON instead of text for people. */
  readonly json: boolean;
}

export const usage = `npm run admin -- <command> [--json]

${Object.values(commandShapes)
  .map((shape) => `  ${shape.usage}`)
  .join('\n')}

<store> is a store's handle or id. Secrets are shown once, on standard output. With --json the answer is one line of
JSON (npm run --silent admin -- ... keeps npm's own lines out of it). DATABASE_URL names the database; without it, it is
the one of the npm start that runs on DATA_DIR.
`;

/**
 * Reads the arguments. Only what begins with two dashes is an option, since client ids may begin with one; behind `--` nothing is.
 *
 * @returns null where help is asked for
 * @throws UsageError
 */
export function readCommand(args: readonly string[]): Command | null {
  const { words, options, flags } = split(args);
  if (flags.has('help')) return null;
  // A command is one word or two.
  const name = [words.slice(0, 2).join(' '), words[0] ?? ''].find(isCommandName);
  if (name === undefined) {
    const what = words.length === 0 ? 'No command' : `Unknown command ${words.slice(0, 2).join(' ')}`;
    throw new UsageError(`${what}: there are ${Object.keys(commandShapes).join(', ')}`);
  }
  const shape: CommandShape = commandShapes[name];
  const values = words.slice(name.split(' ').length);
  const unknown = Object.keys(options).find((option) => !shape.options.includes(option));
  if (unknown !== undefined) throw new UsageError(`Unknown option --${unknown}: ${shape.usage}`);
  if (values.length !== shape.places.length || values.includes('')) throw new UsageError(`Usage: ${shape.usage}`);
  const places = Object.fromEntries(shape.places.map((place, at) => [place, values[at] ?? '']));
  return { name, places, options, json: flags.has('json') };
}

function isCommandName(name: string): name is CommandName {
  return Object.hasOwn(commandShapes, name);
}

interface Words {
  readonly words: readonly string[];
  readonly options: Readonly<Record<string, string>>;
  readonly flags: ReadonlySet<string>;
}

function split(args: readonly string[]): Words {
  const words: string[] = [];
  const options = new Map<string, string>();
  const flags = new Set<string>();
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg === '--') words.push(...rest.splice(0));
    else if (arg === '--json' || arg === '--help') flags.add(arg.slice(2));
    else if (!arg.startsWith('--')) words.push(arg);
    else {
      const [option = '', ...parts] = arg.slice(2).split('=');
      const value = parts.length > 0 ? parts.join('=') : rest.shift();
      if (value === undefined) throw new UsageError(`--${option} needs a value`);
      if (options.has(option)) throw new UsageError(`--${option} is given twice`);
      options.set(option, value);
    }
  }
  return { words, options: Object.fromEntries(options), flags };
}
