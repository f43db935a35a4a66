import { createSign, generateKeyPairSync, type KeyObject, type KeyPairKeyObjectResult, randomBytes } from 'node:crypto';

/** One value of DER (X.690): tag, length, content. */
function der(tag: number, ...content: Buffer[]): Buffer {
  const value = Buffer.concat(content);
  const length = value.length < 128 ? [value.length] : [0x82, value.length >> 8, value.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), value]);
}

const SEQUENCE = 0x30;
const ECDSA_WITH_SHA256 = der(SEQUENCE, Buffer.from('06082a8648ce3d040302', 'hex'));
const COMMON_NAME = Buffer.from('0603550403', 'hex');
const SUBJECT_ALT_NAME = Buffer.from('0603551d11', 'hex');
const BASIC_CONSTRAINTS = Buffer.from('0603551d13', 'hex');

/** A key and its certificate, as PEM. */
export interface Certified {
  readonly key: string;
  readonly cert: string;
}

/** A key and its certificate, which is right in everything but who signed it (RFC 5280 section 4.1). */
export function selfSigned(name: string): Certified {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return certified(name, name, keys, keys.privateKey, subjectAltName(name));
}

export interface Authority {
  /** As PEM. */
  readonly cert: string;
  /** A key and its certificate for a host, or with another common name for a client. */
  issue(name: string): Certified;
}

export function certificateAuthority(name: string): Authority {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const isAuthority = der(SEQUENCE, BASIC_CONSTRAINTS, der(0x04, der(SEQUENCE, Buffer.from('0101ff', 'hex'))));
  return {
    cert: certified(name, name, keys, keys.privateKey, isAuthority).cert,
    issue: (host) =>
      certified(host, name, generateKeyPairSync('ec', { namedCurve: 'P-256' }), keys.privateKey, subjectAltName(host)),
  };
}

function subjectAltName(name: string): Buffer {
  return der(SEQUENCE, SUBJECT_ALT_NAME, der(0x04, der(SEQUENCE, der(0x82, Buffer.from(name)))));
}

function named(name: string): Buffer {
  return der(SEQUENCE, der(0x31, der(SEQUENCE, COMMON_NAME, der(0x0c, Buffer.from(name)))));
}

function certified(
  subject: string,
  issuer: string,
  { publicKey, privateKey }: KeyPairKeyObjectResult,
  signer: KeyObject,
  extension: Buffer,
): Certified {
  const time = (year: number) => der(0x18, Buffer.from(`${year}0101000000Z`));
  const content = der(
    SEQUENCE,
    der(0xa0, Buffer.from('020102', 'hex')),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ECDSA_WITH_SHA256,
    named(issuer),
    der(SEQUENCE, time(2020), time(2120)),
    named(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, der(SEQUENCE, extension)),
  );
  const signature = createSign('sha256').update(content).sign(signer);
  const whole = der(SEQUENCE, content, ECDSA_WITH_SHA256, der(0x03, Buffer.from([0]), signature));
  const lines = whole.toString('base64').replaceAll(/.{64}(?=.)/g, '$&\n');
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
  };
}
