import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';

/** Bytes of a body, as sent and as decoded. */
export const ANSWER_BYTES_MAX = 262_144;

/** We ask for none of these, but a server may send one all the same (RFC 9110 section 12.5.3). */
const DECODERS: Readonly<Record<string, typeof gunzipSync>> = {
  gzip: gunzipSync,
  'x-gzip': gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
};

/** Nothing else can be sent with these (Fetch standard, null body status). */
const STATUS_WITHOUT_BODY = new Set([204, 205]);

/**
 * An answer that was read whole, as an object of the fetch API. It tells neither coding nor length once the body is decoded.
 *
 * @throws Error with the code `ERR_BUFFER_TOO_LARGE` or that of a decoder, RangeError and TypeError of what is no HTTP
 */
export function answerOf(
  status: number,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  sent: Buffer,
): Response {
  const kept = new Headers();
  for (const [name, values = []] of Object.entries(headers)) {
    for (const value of [values].flat()) kept.append(name, value);
  }
  const coding = (kept.get('content-encoding') ?? 'identity').trim().toLowerCase();
  const body = coding === 'identity' || sent.length === 0 ? sent : decoded(coding, sent);
  if (body !== sent) {
    kept.delete('content-encoding');
    kept.delete('content-length');
  }
  return new Response(STATUS_WITHOUT_BODY.has(status) ? null : body, { status, headers: kept });
}

function decoded(coding: string, sent: Buffer): Buffer {
  const decode = Object.hasOwn(DECODERS, coding) ? DECODERS[coding] : undefined;
  if (decode === undefined) throw new TypeError('unknown content coding');
  // Decoding stops at the limit, so a few bytes cannot become gigabytes.
  return decode(sent, { maxOutputLength: ANSWER_BYTES_MAX });
}
