import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Clock } from '../clock/clock.js';
import { digestsAreEqual, sha256 } from '../crypto/digest.js';
import { AppError, type RefusalReason } from '../errors/app-error.js';
import { annotate } from '../http/request-log.js';
import { ApplicationKeys, type ApplicationKeyState } from './application-keys.js';

const CLIENT_ID = /^[A-Za-z0-9._~-]{1,64}$/;

export function isClientId(text: string): boolean {
  return CLIENT_ID.test(text);
}

/** What a client presented: RFC 6749 section 2.3.1, by HTTP Basic or in the form. */
interface PresentedClient {
  readonly clientId: string;
  readonly secret: string | null;
  readonly basic: boolean;
}

/** Tells which application key calls an OAuth endpoint, and whether it proved to be it. */
@Injectable()
export class ClientAuthentication {
  constructor(
    private readonly keys: ApplicationKeys,
    private readonly clock: Clock,
  ) {}

  /**
   * A secret that is presented must be right. Whether one is needed is the caller's matter.
   *
   * @returns the key, and whether a secret proved it
   * @throws AppError `oauth_request_invalid`, `oauth_client_invalid`
   */
  async identify(
    request: FastifyRequest,
    form: Readonly<Record<string, unknown>>,
  ): Promise<{ key: ApplicationKeyState; proven: boolean; refuse: (reason: RefusalReason) => AppError }> {
    const presented = readClient(request.headers.authorization, form);
    const refuse = (reason: RefusalReason) => refusal(presented.basic, reason);
    const key = isClientId(presented.clientId) ? await this.keys.find(presented.clientId) : null;
    const proven = presented.secret !== null && isProven(key, presented.secret, this.clock.now());
    if (key === null) throw refuse('key_unknown');
    annotate(request, { key_id: key.keyId, store_id: key.storeId });
    // check: wrong client secret
    if (presented.secret !== null && !proven) throw refuse('secret_wrong');
    return { key, proven, refuse };
  }
}

/**
 * Compares with every valid secret, and with one of nobody for an unknown client: the time tells nothing. A secret that is being
 * replaced ends to the moment, even where the key is remembered from before.
 */
function isProven(key: ApplicationKeyState | null, secret: string, now: Date): boolean {
  const presented = sha256(secret);
  const valid = key === null ? [] : key.secrets.filter(({ retiredAt }) => retiredAt === null || retiredAt > now);
  const hashes = valid.length === 0 ? [sha256('')] : valid.map(({ hash }) => hash);
  let proven = false;
  for (const hash of hashes) if (digestsAreEqual(hash, presented)) proven = true;
  return proven && valid.length > 0;
}

/** RFC 6749 section 5.2: a client that tried HTTP Basic is told the scheme. */
function refusal(basic: boolean, reason: RefusalReason): AppError {
  const headers = basic ? { 'www-authenticate': 'Basic realm="gatehouse", charset="UTF-8"' } : {};
  return new AppError('oauth_client_invalid', { reason, headers });
}

function readClient(authorization: string | undefined, form: Readonly<Record<string, unknown>>): PresentedClient {
  const formId = readMember(form, 'client_id');
  const formSecret = readMember(form, 'client_secret');
  const basic = /^basic(?: +(.*))?$/i.exec(authorization?.trim() ?? '');
  if (basic === null) {
    if (formId === null) throw new AppError('oauth_request_invalid', { detail: 'client_id is missing.' });
    return { clientId: formId, secret: formSecret, basic: false };
  }
  const [clientId, secret] = decodeBasic(basic[1] ?? '');
  // Two methods at once leave open which one counts.
  if (formSecret !== null || (formId !== null && formId !== clientId)) {
    throw new AppError('oauth_request_invalid', { detail: 'The client authenticates in two ways at once.' });
  }
  return { clientId, secret, basic: true };
}

function readMember(form: Readonly<Record<string, unknown>>, name: string): string | null {
  const value = form[name];
  if (value === undefined || value === null || value === '') return null;
  if (typeof value !== 'string') throw new AppError('oauth_request_invalid', { detail: `${name} must be text.` });
  return value;
}

/** Both halves are form-encoded before they are joined (RFC 6749 section 2.3.1). */
function decodeBasic(encoded: string): [string, string] {
  if (!/^[A-Za-z0-9+/_-]+=*$/.test(encoded)) throw refusal(true, 'header_invalid');
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon === -1) throw refusal(true, 'header_invalid');
  return [decodeFormPart(text.slice(0, colon)), decodeFormPart(text.slice(colon + 1))];
}

function decodeFormPart(part: string): string {
  try {
    return decodeURIComponent(part.replaceAll('+', ' '));
  } catch {
    throw refusal(true, 'header_invalid');
  }
}
