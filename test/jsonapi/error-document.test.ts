import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors/app-error.js';
import { errorCatalog, type ErrorCode } from '../../src/errors/error-catalog.js';
import { toErrorDocument } from '../../src/jsonapi/error-document.js';

const codes = Object.keys(errorCatalog) as ErrorCode[];

describe('the error document', () => {
  it('of every code has status, title, detail, code and request id, in these types', () => {
    for (const code of codes) {
      const { status, title, detail } = errorCatalog[code];
      expect(toErrorDocument(new AppError(code), 'request-1', false)).toEqual({
        errors: [{ status, title, detail, code, request_id: 'request-1' }],
      });
      expect(Number.isInteger(status) && status >= 400 && status < 600).toBe(true);
      expect(title).not.toBe('');
      expect(detail).not.toBe('');
    }
  });

  it('never says 401 but for access tokens and for clients at the OAuth endpoints, as SDKs repeat on any 401', () => {
    expect(codes.filter((code) => errorCatalog[code].status === 401)).toEqual([
      'access_token_invalid',
      'oauth_client_invalid',
    ]);
  });

  it('has an entry for each fault, with what differs from the catalog', () => {
    const error = new AppError('validation_failed', {
      entries: [
        { detail: 'First.', source: 'data' },
        { detail: 'Second.', title: 'Other', meta: { order_id: 'a' } },
      ],
    });
    expect(toErrorDocument(error, 'request-1', false)).toEqual({
      errors: [
        {
          status: 422,
          title: 'Failed Validation',
          detail: 'First.',
          code: 'validation_failed',
          request_id: 'request-1',
          source: 'data',
        },
        {
          status: 422,
          title: 'Other',
          detail: 'Second.',
          code: 'validation_failed',
          request_id: 'request-1',
          meta: { order_id: 'a' },
        },
      ],
    });
  });

  it('at the OAuth endpoints has the members of RFC 6749 section 5.2 beside the entries', () => {
    const beside = (code: ErrorCode, detail?: string) => {
      const { error, error_description } = toErrorDocument(
        new AppError(code, detail === undefined ? {} : { detail }),
        'request-1',
        true,
      );
      return { error, error_description };
    };
    expect(beside('oauth_client_invalid')).toEqual({
      error: 'invalid_client',
      error_description: 'The client is unknown or its secret is not right.',
    });
    expect(beside('oauth_request_invalid', 'client_id is missing.')).toEqual({
      error: 'invalid_request',
      error_description: 'client_id is missing.',
    });
    expect(beside('oauth_grant_unsupported').error).toBe('unsupported_grant_type');
    expect(beside('oauth_client_unauthorized').error).toBe('unauthorized_client');
    expect(beside('body_too_large').error).toBe('invalid_request');
    expect(beside('unavailable').error).toBe('server_error');
    expect(beside('internal_error').error).toBe('server_error');
  });

  it('says nothing of the reason and of the cause, which are for the log', () => {
    const error = new AppError('credentials_invalid', {
      reason: 'password_wrong',
      cause: new Error('canary of the cause'),
      headers: { 'x-canary': 'canary of a header' },
    });
    expect(JSON.stringify(toErrorDocument(error, 'request-1', true))).not.toMatch(/canary|password_wrong/);
  });
});
