import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';
import { SealError, SecretBox } from '../crypto/secret-box.js';
import { systemOf } from '../database/authority.js';
import { Database } from '../database/database.js';
import type { OidcProfileModel } from '../generated/prisma/models.js';
import { Startup } from '../health/startup.js';
import { LOGGER } from '../http/logger.js';

type ProfilePlace = Pick<OidcProfileModel, 'storeId' | 'id'>;

/** The client secrets of OIDC profiles: sealed by the master key, and bound to the row they were given for. */
@Injectable()
export class ClientSecrets {
  constructor(
    private readonly database: Database,
    private readonly box: SecretBox,
    @Inject(LOGGER) private readonly logger: Logger,
    startup: Startup,
  ) {
    startup.addStep(() => this.sealAnew());
  }

  seal(profile: ProfilePlace, clientSecret: string): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.box.seal(Buffer.from(clientSecret), placeOf(profile)));
  }

  /** @throws SealError */
  open(profile: ProfilePlace & Pick<OidcProfileModel, 'sealedClientSecret'>): string {
    return this.box.open(profile.sealedClientSecret, placeOf(profile)).toString();
  }

  /**
   * Finishes a rotation of the master key, so that the older one can go: nobody can read a secret here to give it anew. Two
   * replicas may do it at once, as each replaces only what it has read.
   */
  private async sealAnew(): Promise<void> {
    const rows = await this.database.read.oidcProfile.findMany({
      select: { storeId: true, id: true, sealedClientSecret: true },
    });
    for (const row of rows.filter(({ sealedClientSecret }) => !this.box.isSealedByFirstKey(sealedClientSecret))) {
      try {
        const sealedClientSecret = this.seal(row, this.open(row));
        await this.database.write(systemOf(row.storeId), (tx) =>
          tx.oidcProfile.updateMany({ where: row, data: { sealedClientSecret } }),
        );
      } catch (cause) {
        if (!(cause instanceof SealError)) throw cause;
        // One profile that cannot be used is no reason to turn everybody away.
        this.logger.error(
          { store_id: row.storeId, profile_id: row.id },
          'the client secret of an OIDC profile cannot be opened by MASTER_KEY: give it anew',
        );
      }
    }
  }
}

function placeOf({ storeId, id }: ProfilePlace) {
  return { table: 'oidc_profiles', row: `${storeId}/${id}`, column: 'sealed_client_secret' };
}
