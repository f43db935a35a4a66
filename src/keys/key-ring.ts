import {
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type JsonWebKey,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { promisify } from 'node:util';
import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { SERVICE_CONFIG, type ServiceConfig } from '../config/config.js';
import { SealError, SecretBox } from '../crypto/secret-box.js';
import { systemOf } from '../database/authority.js';
import { Database } from '../database/database.js';
import { StartupError } from '../errors/startup-error.js';
import type { Prisma } from '../generated/prisma/client.js';
import type { SigningKeyModel } from '../generated/prisma/models.js';

const generate = promisify(generateKeyPair);

/** How far apart the clocks of two replicas may be. */
const CLOCK_SKEW_MS = 60_000;

const RSA_MODULUS_BITS = 2048;
/** A verified token may be remembered for 900 ms. Together it is below one second until every process knows of a withdrawn key. */
const RELOAD_INTERVAL_MS = 90;

/** Access tokens are always signed with this algorithm; customer tokens with the configured one. */
export const ACCESS_TOKEN_ALG = 'ES256';

export type SigningAlg = 'RS256' | 'ES256';
export type KeyPurpose = SigningKeyModel['purpose'];

/** An opened key pair. What a `kid` stands for never changes. */
interface KeyPair {
  readonly publicJwk: JsonWebKey;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

/** A key pair that signs or verifies tokens of one kind. */
export interface RingKey extends KeyPair {
  readonly kid: string;
  readonly purpose: KeyPurpose;
  readonly alg: SigningAlg;
  readonly publishAt: Date;
  readonly signFrom: Date;
  readonly signUntil: Date | null;
  readonly verifyUntil: Date | null;
}

/**
 * The signing keys of the deployment: made once, sealed in the database by the master key, held open in memory.
 * Access tokens and customer tokens have keys of their own, so that neither can pass for the other.
 */
@Injectable()
export class KeyRing {
  private keys: readonly RingKey[] = [];
  private loadedAt = 0;
  private loading: Promise<void> | null = null;

  constructor(
    @Inject(SERVICE_CONFIG) private readonly config: ServiceConfig,
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly box: SecretBox,
  ) {}

  /**
   * Makes the keys that are missing and opens all. Several replicas may do this at once: the unique sequence makes one winner.
   *
   * @throws StartupError when the master key does not open a stored key
   */
  async open(): Promise<void> {
    await this.load(rethrow);
    await this.ensure('access', ACCESS_TOKEN_ALG);
    await this.ensure('customer', this.config.tokenSigningAlg);
    await this.sealAnew();
  }

  /** The key that signs now: the youngest of the algorithm whose time it is. */
  signingKey(purpose: KeyPurpose): RingKey {
    const alg = purpose === 'access' ? ACCESS_TOKEN_ALG : this.config.tokenSigningAlg;
    const now = this.clock.now();
    const key = this.keys.findLast(
      (candidate) =>
        candidate.purpose === purpose &&
        candidate.alg === alg &&
        candidate.signFrom <= now &&
        (candidate.signUntil === null || now < candidate.signUntil),
    );
    if (key === undefined) throw new Error(`no ${purpose} key signs at this time`);
    return key;
  }

  /** The key with this id, if it verifies tokens of this kind now. A key that another replica made is found as well. */
  async verificationKey(purpose: KeyPurpose, kid: string): Promise<RingKey | null> {
    await this.refresh();
    const key = this.keys.find((candidate) => candidate.purpose === purpose && candidate.kid === kid);
    return key !== undefined && this.verifiesNow(key) ? key : null;
  }

  /** What the public key set shows: keys of customer tokens only. */
  async publishedKeys(): Promise<readonly RingKey[]> {
    await this.refresh();
    const now = this.clock.now();
    return this.keys.filter((key) => key.purpose === 'customer' && key.publishAt <= now && this.verifiesNow(key));
  }

  private verifiesNow(key: RingKey): boolean {
    return key.verifyUntil === null || this.clock.now() < key.verifyUntil;
  }

  /** One look at the database for all who wait, and none while the last one is young. */
  private async refresh(): Promise<void> {
    if (this.loading === null && performance.now() - this.loadedAt < RELOAD_INTERVAL_MS) return;
    this.loading ??= this.load(leaveOut).finally(() => {
      this.loading = null;
    });
    await this.loading;
  }

  /**
   * A key that is open already stays open: while the master key is rotated, a replica that has only the older one goes on.
   *
   * @param onFailure what to do about a key that does not open
   */
  private async load(onFailure: (failure: StartupError) => null): Promise<void> {
    this.loadedAt = performance.now();
    const rows = await this.database.read.signingKey.findMany({ orderBy: { sequence: 'asc' } });
    const pairs = new Map<string, KeyPair>(this.keys.map((key) => [key.kid, key]));
    this.keys = rows.flatMap((row) => {
      const pair = pairs.get(row.kid) ?? this.openPair(row, onFailure);
      return pair === null ? [] : [toRingKey(row, pair)];
    });
  }

  private openPair(row: SigningKeyModel, onFailure: (failure: StartupError) => null): KeyPair | null {
    try {
      const pkcs8 = this.box.open(row.sealedPrivateKey, placeOf(row.kid));
      const privateKey = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
      const publicKey = createPublicKey(privateKey);
      const publicJwk = publicKey.export({ format: 'jwk' });
      if (!sameKey(publicJwk, row.publicJwk)) throw new SealError('its public half belongs to another key');
      return { publicJwk, publicKey, privateKey };
    } catch (cause) {
      if (!(cause instanceof SealError)) throw cause;
      return onFailure(
        new StartupError(
          `MASTER_KEY cannot open the stored signing key ${row.kid} (${cause.message}): give the key that sealed it, or \`new,old\` while rotating`,
          { cause },
        ),
      );
    }
  }

  private async ensure(purpose: KeyPurpose, alg: SigningAlg): Promise<void> {
    if (this.keys.some((key) => key.purpose === purpose && key.alg === alg)) return;
    const { publicKey, privateKey } =
      alg === 'ES256'
        ? await generate('ec', { namedCurve: 'P-256' })
        : await generate('rsa', { modulusLength: RSA_MODULUS_BITS });
    const kid = randomBytes(12).toString('base64url');
    const now = this.clock.now();
    // The clock of another replica may be behind ours, and without a key that signs it could not serve.
    const since = new Date(now.getTime() - CLOCK_SKEW_MS);
    const sealedPrivateKey = new Uint8Array(
      this.box.seal(privateKey.export({ format: 'der', type: 'pkcs8' }), placeOf(kid)),
    );
    const row = {
      kid,
      purpose,
      alg,
      sequence: 1,
      publicJwk: publicKey.export({ format: 'jwk' }) as Prisma.InputJsonObject,
      sealedPrivateKey,
      createdAt: now,
      publishAt: since,
      signFrom: since,
      signUntil: null,
      verifyUntil: null,
    };
    await this.database.write(systemOf(null), (tx) => tx.signingKey.createMany({ data: row, skipDuplicates: true }));
    await this.load(rethrow);
  }

  /**
   * Finishes a rotation of the master key: what the older key sealed is sealed by the newer one, so that the older can go. Two
   * replicas may do it at once, as each replaces only what it has read.
   */
  private async sealAnew(): Promise<void> {
    const rows = await this.database.read.signingKey.findMany();
    for (const { kid, sealedPrivateKey } of rows.filter((row) => !this.box.isSealedByFirstKey(row.sealedPrivateKey))) {
      const place = placeOf(kid);
      const sealed = new Uint8Array(this.box.seal(this.box.open(sealedPrivateKey, place), place));
      await this.database.write(systemOf(null), (tx) =>
        tx.signingKey.updateMany({ where: { kid, sealedPrivateKey }, data: { sealedPrivateKey: sealed } }),
      );
    }
  }
}

/** At start: whoever operates the service is to know. */
function rethrow(failure: StartupError): never {
  throw failure;
}

/** Later: its tokens are unknown here, and all others stay good. */
function leaveOut(): null {
  return null;
}

function toRingKey(row: SigningKeyModel, pair: KeyPair): RingKey {
  const { kid, purpose, publishAt, signFrom, signUntil, verifyUntil } = row;
  const { publicJwk, publicKey, privateKey } = pair;
  const alg = row.alg === 'ES256' ? 'ES256' : 'RS256';
  return { kid, purpose, alg, publicJwk, publicKey, privateKey, publishAt, signFrom, signUntil, verifyUntil };
}

function sameKey(left: JsonWebKey, right: unknown): boolean {
  const stored = (right ?? {}) as JsonWebKey;
  return (['kty', 'crv', 'x', 'y', 'n', 'e'] as const).every((member) => left[member] === stored[member]);
}

function placeOf(kid: string) {
  return { table: 'signing_keys', row: kid, column: 'sealed_private_key' };
}
