import { isDeepStrictEqual } from 'node:util';
import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';
import { DefaultStore } from '../access/default-store.js';
import { grants, permissions } from '../access/permissions.js';
import { Clock } from '../clock/clock.js';
import { SERVICE_CONFIG, type ServiceConfig } from '../config/config.js';
import { sha256 } from '../crypto/digest.js';
import { newId } from '../crypto/identifiers.js';
import { systemOf } from '../database/authority.js';
import { violatedConstraint } from '../database/database-errors.js';
import { Database } from '../database/database.js';
import type { WriteTransaction } from '../database/write-transaction.js';
import { StartupError } from '../errors/startup-error.js';
import { Startup } from '../health/startup.js';
import { LOGGER } from '../http/logger.js';

/** The application key that the configuration declares: with it, a deployment can be used from its first start on. */
@Injectable()
export class BootstrapKey {
  constructor(
    @Inject(SERVICE_CONFIG) private readonly config: ServiceConfig,
    private readonly database: Database,
    private readonly defaultStore: DefaultStore,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
    startup: Startup,
  ) {
    startup.addStep(() => this.ensure());
  }

  /** Replicas may do it at once. @throws StartupError when `BOOTSTRAP_CLIENT_ID` belongs to another store */
  private async ensure(): Promise<void> {
    const { bootstrapKey } = this.config;
    if (bootstrapKey === null) return;
    const storeId = await this.defaultStore.id();
    await this.ensureKey(storeId, bootstrapKey.clientId, bootstrapKey.clientSecret);
  }

  private async ensureKey(storeId: string, clientId: string, clientSecret: string): Promise<void> {
    try {
      await this.declareKey(storeId, clientId, clientSecret);
    } catch (cause) {
      // Another replica claimed the client id in between: now it is there to be found.
      if (violatedConstraint(cause) !== 'client_ids_pkey') throw cause;
      await this.declareKey(storeId, clientId, clientSecret);
    }
  }

  private async declareKey(storeId: string, clientId: string, clientSecret: string): Promise<void> {
    await this.database.write(systemOf(storeId), async (tx) => {
      const keyId = await this.ensureKeyRow(tx, storeId, clientId);
      const secretHash = new Uint8Array(sha256(clientSecret));
      const secrets = await tx.applicationKeySecret.findMany({ where: { storeId, keyId } });
      const declared = secrets.find((secret) => Buffer.from(secret.secretHash).equals(secretHash));
      if (declared?.declared === false) {
        const id = { storeId_id: { storeId, id: declared.id } };
        await tx.applicationKeySecret.update({ where: id, data: { declared: true } });
      }
      if (declared?.retiredAt === null) return;
      // check: replaced bootstrap secret stays replaced
      if (declared !== undefined) {
        // Another replica was given a newer secret. Bringing this one back would undo a rotation.
        this.logger.warn('BOOTSTRAP_CLIENT_SECRET was replaced by a newer one and does not come back');
        return;
      }
      const now = this.clock.now();
      await tx.applicationKeySecret.updateMany({
        where: { storeId, keyId, OR: [{ retiredAt: null }, { retiredAt: { gt: now } }] },
        data: { retiredAt: now },
      });
      await tx.applicationKeySecret.create({
        data: { storeId, id: newId(), keyId, secretHash, createdAt: now, retiredAt: null, declared: true },
      });
      tx.record({ type: 'application_key_rotated', subjectId: keyId });
    });
  }

  /** Claims the client id, and locks the key against other replicas. */
  private async ensureKeyRow(tx: WriteTransaction, storeId: string, clientId: string): Promise<string> {
    const declared = { grants: [...grants], permissions: [...permissions] };
    const now = this.clock.now();
    const existing = await tx.clientId.findUnique({ where: { clientId } });
    if (existing !== null && existing.storeId !== storeId) {
      throw new StartupError(`BOOTSTRAP_CLIENT_ID ${clientId} belongs to another store: choose another one`);
    }
    if (existing === null) {
      const id = newId();
      await tx.applicationKey.create({
        data: { storeId, id, clientId, name: 'Bootstrap key', ...declared, createdAt: now, updatedAt: now },
      });
      await tx.clientId.create({ data: { clientId, storeId, keyId: id } });
      tx.record({ type: 'application_key_created', subjectId: id });
      return id;
    }
    const id = existing.keyId;
    await tx.lock('application_keys', { storeId, id }, 'update');
    const where = { storeId_id: { storeId, id } };
    const key = await tx.applicationKey.findUniqueOrThrow({ where });
    if (sameWords(key.grants, grants) && sameWords(key.permissions, permissions)) return id;
    await tx.applicationKey.update({ where, data: { ...declared, updatedAt: now } });
    tx.record({ type: 'application_key_changed', subjectId: id });
    return id;
  }
}

function sameWords(left: readonly string[], right: readonly string[]): boolean {
  return isDeepStrictEqual(left.toSorted(), right.toSorted());
}
