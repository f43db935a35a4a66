import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import type { SchemaEngine, SchemaFilter } from '@prisma/schema-engine-wasm/schema_engine_bg';
import type { Pool } from 'pg';

/** The part of the global that is used here: Node's type declarations leave it to the browser's. */
declare const WebAssembly: {
  compile(bytes: Uint8Array): Promise<object>;
  instantiate(module: object, imports: Record<string, Record<string, unknown>>): Promise<{ exports: WasmExports }>;
  Module: { imports(module: object): { module: string; name: string }[] };
};
interface WasmExports {
  __wbindgen_start: () => void;
}

/** Everything in the database is ours: no table or enumeration is managed elsewhere. */
export const WHOLE_SCHEMA: SchemaFilter = { externalTables: [], externalEnums: [] };

const DATAMODEL = 'datasource db {\n  provider = "postgresql"\n}\n';

/**
 * Prisma's own schema engine, compiled to WebAssembly: the one behind `prisma migrate`, without its native binary, which would
 * have to be downloaded. It works through the given pool and never closes it.
 */
export async function openSchemaEngine(pool: Pool): Promise<SchemaEngine> {
  // Loaded here and not at the top: most starts find a current schema and need none of this.
  const [engine, { bindMigrationAwareSqlAdapterFactory }, { PrismaPg }] = await Promise.all([
    loadEngine(),
    import('@prisma/driver-adapter-utils'),
    import('@prisma/adapter-pg'),
  ]);
  const factory = withWholeScripts(new PrismaPg(pool));
  return engine.SchemaEngine.new(
    { datamodels: [['schema.prisma', DATAMODEL]] },
    () => undefined,
    bindMigrationAwareSqlAdapterFactory(factory),
  );
}

type Engine = typeof import('@prisma/schema-engine-wasm/schema_engine_bg');

let instance: Promise<Engine> | undefined;

/** Once per process: the package's JavaScript half knows one instance only, and a second would break the first. */
function loadEngine(): Promise<Engine> {
  instance ??= instantiate();
  return instance;
}

/** The package's own entry imports the `.wasm` file as a module, which Node cannot do: link it by hand. */
async function instantiate(): Promise<Engine> {
  const engine = await import('@prisma/schema-engine-wasm/schema_engine_bg');
  const location = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg');
  const module = await WebAssembly.compile(await readFile(join(dirname(location), 'schema_engine_bg.wasm')));
  const functions: Record<string, unknown> = { ...engine };
  const imports: Record<string, Record<string, unknown>> = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    (imports[from] ??= {})[name] = functions[name];
  }
  const { exports } = await WebAssembly.instantiate(module, imports);
  const { __wbg_set_wasm: connectTo } = engine;
  const { __wbindgen_start: start } = exports;
  connectTo(exports);
  start();
  return engine;
}

/**
 * The adapter cuts a script at every semicolon, also inside a string, and runs the parts one by one. Sent whole, without
 * parameters, Postgres parses it and runs it as one transaction, as with the native engine: a migration that fails leaves
 * nothing behind.
 */
function withWholeScripts(factory: SqlMigrationAwareDriverAdapterFactory): SqlMigrationAwareDriverAdapterFactory {
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connect: async () => {
      const adapter = await factory.connect();
      adapter.executeScript = async (script) => {
        await adapter.executeRaw({ sql: script, args: [], argTypes: [] });
      };
      return adapter;
    },
    connectToShadowDb: () => factory.connectToShadowDb(),
  };
}
