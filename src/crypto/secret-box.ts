import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto';

const VERSION = 1;
const KEY_ID_BYTES = 4;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = 1 + KEY_ID_BYTES + NONCE_BYTES;

const PSEUDONYM_KEY_BYTES = 32;

/** Where a sealed value lives. It is authenticated with the value, so that a value moved to another row does not open. */
export interface SealedPlace {
  readonly table: string;
  readonly row: string;
  readonly column: string;
}

/** A sealed value cannot be opened: another master key, another place, or damage. */
export class SealError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SealError';
  }
}

/**
 * Seals values for the database with AES-256-GCM (NIST SP 800-38D): version, master-key id, nonce, ciphertext, tag.
 * The first master key seals, every given one opens.
 */
export class SecretBox {
  private readonly keys: readonly { id: Buffer; key: Buffer }[];
  private readonly pseudonymKey: Buffer;

  constructor(masterKeys: readonly Buffer[]) {
    const [first] = masterKeys;
    if (first === undefined) throw new SealError('no master key');
    this.keys = masterKeys.map((key) => ({ id: idOf(key), key }));
    this.pseudonymKey = Buffer.from(hkdfSync('sha256', first, '', 'gatehouse pseudonyms', PSEUDONYM_KEY_BYTES));
  }

  seal(plain: Buffer, place: SealedPlace): Buffer {
    const [first] = this.keys;
    if (first === undefined) throw new SealError('no master key');
    const nonce = randomBytes(NONCE_BYTES);
    const header = Buffer.concat([Buffer.from([VERSION]), first.id, nonce]);
    const cipher = createCipheriv('aes-256-gcm', first.key, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(associatedData(header, place));
    return Buffer.concat([header, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  }

  /**
   * Tells short-lived equal values from others without keeping them: whoever has the database alone cannot try all that there
   * are. Another master key makes other pseudonyms.
   */
  pseudonym(value: string): Buffer {
    return createHmac('sha256', this.pseudonymKey).update(value, 'utf8').digest();
  }

  /** False while rotating, for what the older key sealed: it is to be sealed anew before that key can go. */
  isSealedByFirstKey(sealed: Uint8Array): boolean {
    const keyId = Buffer.from(sealed).subarray(1, 1 + KEY_ID_BYTES);
    return this.keys[0]?.id.equals(keyId) ?? false;
  }

  /** @throws SealError */
  open(sealed: Uint8Array, place: SealedPlace): Buffer {
    const bytes = Buffer.from(sealed);
    if (bytes.length < HEADER_BYTES + TAG_BYTES) throw new SealError('truncated');
    if (bytes[0] !== VERSION) throw new SealError('unknown version');
    const keyId = bytes.subarray(1, 1 + KEY_ID_BYTES);
    const entry = this.keys.find(({ id }) => id.equals(keyId));
    if (entry === undefined) throw new SealError('sealed by another master key');
    const header = bytes.subarray(0, HEADER_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', entry.key, bytes.subarray(1 + KEY_ID_BYTES, HEADER_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(associatedData(header, place));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    try {
      return Buffer.concat([decipher.update(bytes.subarray(HEADER_BYTES, -TAG_BYTES)), decipher.final()]);
    } catch {
      throw new SealError('damaged, or moved from another place');
    }
  }
}

/** Tells master keys apart without telling anything about them. */
function idOf(key: Buffer): Buffer {
  return createHash('sha256').update('gatehouse master key id\0').update(key).digest().subarray(0, KEY_ID_BYTES);
}

function associatedData(header: Buffer, place: SealedPlace): Buffer {
  return Buffer.concat([
    header,
    // check: sealed value bound to its place
    Buffer.from(JSON.stringify([place.table, place.row, place.column])),
  ]);
}
