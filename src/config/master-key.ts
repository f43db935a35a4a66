const MASTER_KEY_BYTES = 32;

/**
 * Reads `MASTER_KEY`: one key or `new,old`, each 32 bytes in base64. Sample values are refused: bytes that are all equal, that
 * count up, or that are readable text are not random, and a key that stands in a tutorial protects nothing.
 */
export function parseMasterKeys(text: string, report: (problem: string) => void): Buffer[] {
  const parts = text.split(',').map((part) => part.trim());
  if (parts.length > 2) {
    report('MASTER_KEY must be one key, or `new,old` while rotating');
    return [];
  }
  const keys: Buffer[] = [];
  for (const part of parts) {
    const fault = findFault(part);
    if (fault === null) keys.push(Buffer.from(part, 'base64'));
    else report(`MASTER_KEY ${fault}: make one with \`openssl rand -base64 32\``);
  }
  return keys;
}

function findFault(part: string): string | null {
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(part)) return 'must be base64';
  const key = Buffer.from(part, 'base64');
  if (key.length < MASTER_KEY_BYTES) return `is too short (${key.length} bytes, ${MASTER_KEY_BYTES} are needed)`;
  if (key.length > MASTER_KEY_BYTES) return `is too long (${key.length} bytes, ${MASTER_KEY_BYTES} are needed)`;
  const readable = key.every((byte) => byte >= 0x20 && byte < 0x7f);
  if (readable || new Set(key).size < 12 || countsUp(key)) return 'is a sample value';
  return null;
}

function countsUp(key: Buffer): boolean {
  return key.every((byte, index) => index === 0 || byte === ((key[index - 1] ?? 0) + 1) % 256);
}
