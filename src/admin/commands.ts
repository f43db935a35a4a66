import { isClientId } from '../access/client-authentication.js';
import { grants, permissions } from '../access/permissions.js';
import type { StoreSettings } from '../access/store-settings.js';
import { HANDLE_RULE, isHandle } from '../access/stores.js';
import {
  CreateApplicationKey,
  rightsOf,
  RotateApplicationKey,
  toApplicationKeyResource,
  toApplicationKeyWithSecretResource,
} from '../application-keys/application-keys.contract.js';
import type { NewApplicationKey } from '../application-keys/application-keys.service.js';
import { everyKey } from '../application-keys/application-keys.query.js';
import { keyPresetNames, keyPresets } from '../application-keys/key-rights.js';
import { parseUuid } from '../crypto/identifiers.js';
import { Registration } from '../database/enumerations.js';
import { StartupError } from '../errors/startup-error.js';
import { operatorOf } from '../database/authority.js';
import type { ApplicationKeyModel, JobRecordModel, StoreModel } from '../generated/prisma/models.js';
import { toSeconds } from '../jsonapi/timestamps.js';
import { UpdateStoreSettings } from '../settings/store-settings.contract.js';
import { type Command, type CommandName, UsageError } from './command-line.js';
import type { OperatorTools } from './operator-tools.js';
import { oneOf, present, readOptions, someOf, wholeNumber } from './option-values.js';

/** The answer of a command: an object for programs, whose members people read as well. */
export type Answer = Readonly<Record<string, unknown>>;

const KEYS_AT_ONCE = 1_000;

type Work = (tools: OperatorTools) => Promise<Answer>;

/** A command is read to its end before anything is connected to. @throws UsageError */
export const commands: Readonly<Record<CommandName, (command: Command) => Work>> = {
  'store create': ({ places }) => {
    const first = { name: 'Administration', ...keyPresets.admin };
    const handle = typedHandle(places);
    return async ({ stores, keys }) => {
      const { store, rest } = await stores.create(handle, (tx, id) => keys.createIn(tx, id, first));
      return {
        store: storeMembers(store),
        application_key: toApplicationKeyWithSecretResource(rest.key, rest.clientSecret),
      };
    };
  },

  'store list':
    () =>
    async ({ stores }) => ({ stores: (await stores.list()).map(storeMembers) }),

  'store settings': ({ places, options }) => {
    const change = settingsChange(options);
    const name = typedStore(places);
    return async ({ stores, settings }) => {
      const store = await storeOf(stores, name);
      if (Object.keys(change).length === 0) return { store: storeMembers(store) };
      return { store: storeMembers({ ...store, ...(await settings.change(operatorOf(store.id), change)) }) };
    };
  },

  'key create': ({ places, options }) => {
    const asked = askedKey(options);
    const name = typedStore(places);
    return async ({ stores, keys }) => {
      const store = await storeOf(stores, name);
      const made = await keys.create(operatorOf(store.id), asked);
      return { application_key: toApplicationKeyWithSecretResource(made.key, made.clientSecret) };
    };
  },

  'key list': ({ places }) => {
    const name = typedStore(places);
    return async ({ stores, keys }) => {
      const store = await storeOf(stores, name);
      const listed: ApplicationKeyModel[] = [];
      for (;;) {
        const { rows, total } = await keys.list(store.id, everyKey({ limit: KEYS_AT_ONCE, offset: listed.length }));
        listed.push(...rows);
        if (rows.length === 0 || listed.length >= total) break;
      }
      return { application_keys: listed.map(toApplicationKeyResource) };
    };
  },

  'key rotate': ({ places, options }) => {
    const asked = { overlap_seconds: wholeNumber('overlap', options['overlap']) ?? 0 };
    const { overlap_seconds: overlapSeconds } = readOptions(RotateApplicationKey, asked).data;
    const [name, clientId] = [typedStore(places), typedClientId(places)];
    return async ({ stores, keys }) => {
      const store = await storeOf(stores, name);
      const { id } = await keyOf(keys, store, clientId);
      const made = await keys.rotate(operatorOf(store.id), id, overlapSeconds);
      return {
        application_key: toApplicationKeyWithSecretResource(made.key, made.clientSecret),
        old_secret_valid_seconds: overlapSeconds,
      };
    };
  },

  'key delete': ({ places }) => {
    const [name, clientId] = [typedStore(places), typedClientId(places)];
    return async ({ stores, keys }) => {
      const store = await storeOf(stores, name);
      const key = await keyOf(keys, store, clientId);
      await keys.remove(operatorOf(store.id), key.id);
      return { deleted_key: toApplicationKeyResource(key) };
    };
  },

  jobs:
    () =>
    async ({ jobs }) => ({ jobs: (await jobs.list()).map(jobMembers) }),
};

/** @throws UsageError */
function askedKey({ name, preset, ...options }: Command['options']): NewApplicationKey {
  if (name === undefined) throw new UsageError('--name is missing: say what the key is for');
  if (preset === undefined && (options['grants'] === undefined || options['permissions'] === undefined)) {
    throw new UsageError('Give --preset, or both --grants and --permissions: no key gets everything by chance');
  }
  const asked = present({
    name,
    preset: oneOf('preset', keyPresetNames, preset),
    grants: someOf('grants', grants, options['grants']),
    permissions: someOf('permissions', permissions, options['permissions']),
  });
  const { data } = readOptions(CreateApplicationKey, asked);
  return { name: data.name, ...rightsOf(data) };
}

function storeMembers(store: StoreModel): Answer {
  return {
    id: store.id,
    handle: store.handle,
    registration: store.registration,
    require_current_password: store.requireCurrentPassword,
    page_length: store.pageLength,
    address_limit: store.addressLimit,
    created_at: toSeconds(store.createdAt),
  };
}

function jobMembers(job: JobRecordModel): Answer {
  const time = (at: Date | null) => (at === null ? null : toSeconds(at));
  return {
    name: job.name,
    last_run_at: time(job.beganAt),
    last_success_at: time(job.succeededAt),
    rows: job.rows,
    failure: job.failure,
    failures: job.failures,
    holder: job.holder,
    due_at: toSeconds(job.dueAt),
  };
}

/** @throws UsageError */
function settingsChange(options: Command['options']): Partial<StoreSettings> {
  const requireCurrentPassword = oneOf('require-current-password', ['on', 'off'], options['require-current-password']);
  const registration = oneOf('registration', Object.values(Registration), options['registration']);
  const asked = present({
    page_length: wholeNumber('page-length', options['page-length']),
    address_limit: wholeNumber('address-limit', options['address-limit']),
  });
  const { page_length, address_limit } = readOptions(UpdateStoreSettings, asked).data;
  return {
    ...(registration === undefined ? {} : { registration }),
    ...(requireCurrentPassword === undefined ? {} : { requireCurrentPassword: requireCurrentPassword === 'on' }),
    ...(page_length === undefined ? {} : { pageLength: page_length }),
    ...(address_limit === undefined ? {} : { addressLimit: address_limit }),
  };
}

/** @throws StartupError */
async function storeOf(stores: OperatorTools['stores'], name: string): Promise<StoreModel> {
  const store = await stores.find(name);
  if (store === null) throw new StartupError(`There is no store ${name}: \`store list\` shows those that there are`);
  return store;
}

/** @throws StartupError */
async function keyOf(keys: OperatorTools['keys'], store: StoreModel, clientId: string): Promise<ApplicationKeyModel> {
  const key = await keys.findByClientId(store.id, clientId);
  if (key !== null) return key;
  throw new StartupError(`The store ${store.handle} has no key ${clientId}: \`key list ${store.handle}\` shows them`);
}

/** @throws UsageError */
function typedHandle(places: Command['places']): string {
  const handle = placeOf(places, 'handle');
  if (!isHandle(handle)) throw new UsageError(HANDLE_RULE);
  return handle;
}

/** @throws UsageError for a text by which no store could be found */
function typedStore(places: Command['places']): string {
  const name = placeOf(places, 'store');
  if (!isHandle(name) && parseUuid(name) === null) {
    throw new UsageError(`${name} is neither a handle nor an id of a store: \`store list\` shows both`);
  }
  return name;
}

/** @throws UsageError for a text by which no key could be found */
function typedClientId(places: Command['places']): string {
  const clientId = placeOf(places, 'client_id');
  if (!isClientId(clientId))
    throw new UsageError(`${clientId} is no client id: \`key list\` shows those that there are`);
  return clientId;
}

function placeOf(places: Command['places'], name: string): string {
  const value = places[name];
  // Every command is given the places that it declares.
  if (value === undefined) throw new Error(`the command has no place ${name}`);
  return value;
}
