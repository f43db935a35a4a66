import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { ApplicationKeys } from '../access/application-keys.js';
import { Clock } from '../clock/clock.js';
import { sha256 } from '../crypto/digest.js';
import { newId, parseUuid } from '../crypto/identifiers.js';
import type { Authority } from '../database/authority.js';
import { Database } from '../database/database.js';
import type { WriteTransaction } from '../database/write-transaction.js';
import { AppError } from '../errors/app-error.js';
import type { Prisma } from '../generated/prisma/client.js';
import type { ApplicationKeyModel } from '../generated/prisma/models.js';
import type { Listing } from '../jsonapi/document.js';
import { inOrder, type ListQuery, selectPage } from '../jsonapi/list-query.js';
import { applicationKeysOf } from './application-keys.query.js';
import { inDeclaredOrder, type KeyRights, managesKeys, rightsBeyond } from './key-rights.js';

/** Letters that no shell, URL or command line takes for something else. */
const CLIENT_ID_BYTES = 16;
const SECRET_BYTES = 32;
/** With the newest one: hourly rotations with an overlap of four days fit. More would be the mark of a caller that rotates in a loop. */
const VALID_SECRETS_MAX = 100;

/** Who manages keys: a key of the same store, which can give no more than it has, or who operates the deployment. */
export type KeyManager = Authority & { readonly storeId: string };

export interface NewApplicationKey extends KeyRights {
  readonly name: string;
}

export interface KeyWithSecret {
  readonly key: ApplicationKeyModel;
  /** In clear, for the one answer that shows it. */
  readonly clientSecret: string;
}

/** A key of a store, by its id as the path has it. */
interface KeyPlace {
  readonly storeId: string;
  readonly id: string;
}

/**
 * Makes and changes application keys. What the managing key may give is read in the transaction that gives it, under a lock: a
 * right that is taken from it meanwhile is not given on.
 */
@Injectable()
export class ApplicationKeysService {
  constructor(
    private readonly database: Database,
    private readonly remembered: ApplicationKeys,
    private readonly clock: Clock,
  ) {}

  async list(storeId: string, query: ListQuery): Promise<Listing<ApplicationKeyModel>> {
    const { ids, total } = await selectPage(this.database, applicationKeysOf(storeId), query);
    const rows = await this.database.read.applicationKey.findMany({ where: { storeId, id: { in: [...ids] } } });
    return { rows: inOrder(ids, rows, ({ id }) => id), total };
  }

  /** @throws AppError `resource_not_found` */
  async get(place: KeyPlace): Promise<ApplicationKeyModel> {
    const key = await this.database.read.applicationKey.findUnique({ where: { storeId_id: rowOf(place) } });
    if (key === null) throw new AppError('resource_not_found');
    return key;
  }

  findByClientId(storeId: string, clientId: string): Promise<ApplicationKeyModel | null> {
    return this.database.read.applicationKey.findFirst({ where: { storeId, clientId } });
  }

  /** @throws AppError `forbidden` */
  create(manager: KeyManager, input: NewApplicationKey): Promise<KeyWithSecret> {
    return this.database.write(manager, async (tx) => {
      await this.lock(tx, manager, [], input);
      return this.createIn(tx, manager.storeId, input);
    });
  }

  /** As a part of a larger transaction, by the operator. */
  async createIn(
    tx: WriteTransaction,
    storeId: string,
    { name, ...rights }: NewApplicationKey,
  ): Promise<KeyWithSecret> {
    const now = this.clock.now();
    const id = newId();
    const clientId = randomBytes(CLIENT_ID_BYTES).toString('hex');
    const key = await tx.applicationKey.create({
      data: { storeId, id, clientId, name, ...inDeclaredOrder(rights), createdAt: now, updatedAt: now },
    });
    await tx.clientId.create({ data: { clientId, storeId, keyId: id } });
    tx.record({ type: 'application_key_created', subjectId: id });
    return { key, clientSecret: await this.addSecret(tx, key, now) };
  }

  /**
   * Changes what the input names and leaves the rest.
   *
   * @throws AppError `resource_not_found`, `forbidden`, `constraint_violated`
   */
  update(
    manager: KeyManager,
    idText: string,
    { name, grants, permissions }: Partial<NewApplicationKey>,
  ): Promise<ApplicationKeyModel> {
    return this.changing(manager, 'application_key_changed', idText, async (tx, row) => {
      const given = { grants: grants ?? [], permissions: permissions ?? [] };
      const [key] = await this.lock(tx, manager, [row.id], given);
      if (key === undefined) throw new AppError('resource_not_found');
      const rights = inDeclaredOrder({ grants: grants ?? key.grants, permissions: permissions ?? key.permissions });
      if (isSelf(manager, key) && !managesKeys(rights)) {
        throw new AppError('constraint_violated', {
          detail: 'A key cannot take the grant client_credentials or the permission keys:write from itself.',
        });
      }
      return tx.applicationKey.update({
        where: { storeId_id: row },
        data: {
          ...(name === undefined ? {} : { name }),
          ...(grants === undefined ? {} : { grants: rights.grants }),
          ...(permissions === undefined ? {} : { permissions: rights.permissions }),
          updatedAt: this.clock.now(),
        },
      });
    });
  }

  /**
   * Gives the key a new secret. The one before stays good for the overlap. Those that earlier rotations left keep the ends that
   * they were promised, so a rotation that would leave too many is refused. Without an overlap (0) every older one ends at once:
   * that shuts out who has stolen one.
   *
   * @throws AppError `resource_not_found`, `forbidden`, `constraint_violated`
   */
  rotate(manager: KeyManager, idText: string, overlapSeconds: number): Promise<KeyWithSecret> {
    return this.changing(manager, 'application_key_rotated', idText, async (tx, row) => {
      const [key] = await this.lock(tx, manager, [row.id]);
      if (key === undefined) throw new AppError('resource_not_found');
      const now = this.clock.now();
      const end = new Date(now.getTime() + overlapSeconds * 1_000);
      const secrets = { storeId: row.storeId, keyId: key.id };
      const stillGood = { ...secrets, OR: [{ retiredAt: null }, { retiredAt: { gt: now } }] };
      if (overlapSeconds > 0) await refuseTooMany(tx, stillGood);
      await tx.applicationKeySecret.updateMany({
        where: overlapSeconds > 0 ? { ...secrets, retiredAt: null } : stillGood,
        data: { retiredAt: end },
      });
      const clientSecret = await this.addSecret(tx, key, now);
      const updated = await tx.applicationKey.update({ where: { storeId_id: row }, data: { updatedAt: now } });
      return { key: updated, clientSecret };
    });
  }

  /**
   * Ends the key, and with it its secrets and its access tokens.
   *
   * @throws AppError `resource_not_found`, `forbidden`, `constraint_violated`
   */
  async remove(manager: KeyManager, idText: string): Promise<void> {
    await this.changing(manager, 'application_key_deleted', idText, async (tx, row) => {
      const [key] = await this.lock(tx, manager, [row.id]);
      if (key === undefined) throw new AppError('resource_not_found');
      if (isSelf(manager, key)) {
        throw new AppError('constraint_violated', {
          detail: 'A key cannot delete itself: use another one, or the command of the operator.',
        });
      }
      await tx.applicationKey.delete({ where: { storeId_id: row } });
    });
  }

  private changing<Result>(
    manager: KeyManager,
    event: 'application_key_changed' | 'application_key_rotated' | 'application_key_deleted',
    idText: string,
    work: (tx: WriteTransaction, row: KeyPlace) => Promise<Result>,
  ): Promise<Result> {
    return this.database.write(manager, async (tx) => {
      const row = rowOf({ storeId: manager.storeId, id: idText });
      tx.afterCommit(() => this.remembered.forgetRemembered());
      tx.record({ type: event, subjectId: row.id });
      return work(tx, row);
    });
  }

  /**
   * Locks the keys, together with the one that manages them, always in the order of their ids, so that two keys that manage each
   * other wait for one another and do not block each other.
   *
   * @param given rights that the manager is about to give
   * @returns those of the keys that exist
   * @throws AppError `forbidden` where the manager may not
   */
  private async lock(
    tx: WriteTransaction,
    manager: KeyManager,
    ids: readonly string[],
    given: KeyRights = { grants: [], permissions: [] },
  ): Promise<ApplicationKeyModel[]> {
    const { storeId } = manager;
    const managerIds = 'keyId' in manager ? [manager.keyId] : [];
    const all = [...new Set([...ids, ...managerIds])];
    await tx.lock('application_keys', { storeId, id: all }, 'update');
    const found = await tx.applicationKey.findMany({ where: { storeId, id: { in: all } } });
    const keys = found.filter(({ id }) => ids.includes(id));
    if (!('keyId' in manager)) return keys;
    const own = found.find(({ id }) => id === manager.keyId);
    if (own === undefined) throw new AppError('forbidden', { reason: 'key_gone' });
    if (!managesKeys(own)) throw new AppError('forbidden', { reason: 'permission_missing' });
    const lacking = rightsBeyond(given, own);
    if (lacking.length > 0) {
      const detail = `This key cannot give what it does not have: ${lacking.join(', ')}.`;
      throw new AppError('forbidden', { detail, reason: 'permission_missing' });
    }
    // Whoever gets the secret of a key gets all of its rights.
    const stronger = keys.flatMap((key) => rightsBeyond(key, own));
    if (stronger.length > 0) {
      const detail = `This key cannot manage one that has more than itself: ${stronger.join(', ')}.`;
      throw new AppError('forbidden', { detail, reason: 'permission_missing' });
    }
    return keys;
  }

  private async addSecret(tx: WriteTransaction, { storeId, id }: ApplicationKeyModel, now: Date): Promise<string> {
    const clientSecret = randomBytes(SECRET_BYTES).toString('base64url');
    await tx.applicationKeySecret.create({
      data: {
        storeId,
        id: newId(),
        keyId: id,
        secretHash: new Uint8Array(sha256(clientSecret)),
        createdAt: now,
        retiredAt: null,
      },
    });
    return clientSecret;
  }
}

/** @throws AppError `constraint_violated` where one secret more would be too many */
async function refuseTooMany(tx: WriteTransaction, stillGood: Prisma.ApplicationKeySecretWhereInput): Promise<void> {
  const ends = await tx.applicationKeySecret.findMany({
    where: stillGood,
    orderBy: { retiredAt: { sort: 'asc', nulls: 'last' } },
    select: { retiredAt: true },
  });
  if (ends.length < VALID_SECRETS_MAX) return;
  const first = ends[0]?.retiredAt ?? null;
  const when = first === null ? '' : ` The first of them ends at ${first.toISOString()}.`;
  throw new AppError('constraint_violated', {
    detail: `The key has ${VALID_SECRETS_MAX} valid secrets already.${when} Rotate after that, or without an overlap, which ends every older secret at once.`,
  });
}

function isSelf(manager: KeyManager, key: ApplicationKeyModel): boolean {
  return 'keyId' in manager && manager.keyId === key.id;
}

/** @throws AppError `resource_not_found` for text that is no id: it never reaches a query */
function rowOf({ storeId, id: text }: KeyPlace): KeyPlace {
  const id = parseUuid(text);
  if (id === null) throw new AppError('resource_not_found');
  return { storeId, id };
}
