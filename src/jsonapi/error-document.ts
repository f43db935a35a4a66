import type { AppError } from '../errors/app-error.js';

export interface ErrorObject {
  /** A number: one widespread client cannot read the whole answer when it is a string. */
  status: number;
  title: string;
  detail: string;
  code: string;
  request_id: string;
  source?: string;
  meta?: Readonly<Record<string, unknown>>;
}

export interface ErrorDocument {
  errors: ErrorObject[];
  /** RFC 6749 section 5.2, at the OAuth endpoints only. */
  error?: string;
  error_description?: string;
}

export function toErrorDocument(error: AppError, requestId: string, oauth: boolean): ErrorDocument {
  const { status, title, detail, oauthError } = error.catalogEntry;
  const errors = error.entries.map((entry) => ({
    status,
    title: entry.title ?? title,
    detail: entry.detail,
    code: error.code,
    request_id: requestId,
    ...(entry.source === undefined ? {} : { source: entry.source }),
    ...(entry.meta === undefined ? {} : { meta: entry.meta }),
  }));
  if (!oauth) return { errors };
  const fallback = status >= 500 ? 'server_error' : 'invalid_request';
  return { errors, error: oauthError ?? fallback, error_description: errors[0]?.detail ?? detail };
}
