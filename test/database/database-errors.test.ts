import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { translateDatabaseError, violatedConstraint } from '../../src/database/database-errors.js';
import { SessionNotSettled } from '../../src/database/postgres-client.js';
import { AppError } from '../../src/errors/app-error.js';
import { StartupError } from '../../src/errors/startup-error.js';
import { sharedApp } from '../harness/app.js';
import { givenShop } from '../harness/shop.js';
import { givenOrder } from '../orders/given-order.js';

function withCode(code: string, message = 'odd'): Error {
  return Object.assign(new Error(message), { code });
}

/** As Prisma reports what its driver met. */
function ofPrisma(cause: object, code = 'P2010'): Error {
  return Object.assign(new Error('odd'), { code, meta: { driverAdapterError: { name: 'DriverAdapterError', cause } } });
}

function codeOf(error: unknown): string | null {
  return translateDatabaseError(error)?.code ?? null;
}

describe('a violated unique constraint', () => {
  it.each([
    ['customers_login_email_key', 'email_taken'],
    ['customers_pkey', 'id_taken'],
    ['addresses_pkey', 'id_taken'],
    ['orders_pkey', 'id_taken'],
    ['order_items_pkey', 'id_taken'],
  ])('named %s is told as %s, however the driver reports it', (constraint, code) => {
    expect(codeOf(Object.assign(withCode('23505'), { constraint }))).toBe(code);
    expect(codeOf(ofPrisma({ kind: 'UniqueConstraintViolation', constraint: { index: constraint } }, 'P2002'))).toBe(
      code,
    );
  });

  it('that nobody knows stays a failure of the service', () => {
    expect(codeOf(Object.assign(withCode('23505'), { constraint: 'stores_handle_key' }))).toBeNull();
    expect(codeOf(ofPrisma({ constraint: { index: 'client_ids_pkey' } }, 'P2002'))).toBeNull();
    expect(codeOf(ofPrisma({ constraint: { fields: ['email'] } }, 'P2002'))).toBeNull();
  });

  it('is named by violatedConstraint, for whoever wants to decide by it', () => {
    const constraint = 'orders_customer_fkey';
    expect(violatedConstraint(Object.assign(withCode('23503'), { constraint }))).toBe(constraint);
    expect(violatedConstraint(ofPrisma({ constraint: { index: constraint } }, 'P2003'))).toBe(constraint);
    expect(violatedConstraint(new Error('none'))).toBeUndefined();
    expect(violatedConstraint(null)).toBeUndefined();
  });

  it('is reported by the real driver by its name, and by none where nobody tells it apart', async () => {
    const shop = await givenShop(await sharedApp());
    const { prisma } = shop.app.database;
    const caught = (write: Promise<unknown>) => write.catch((cause: unknown) => cause);
    const address = await shop.address(await shop.customer());
    const row = await prisma.address.findUniqueOrThrow({
      where: { storeId_id: { storeId: shop.storeId, id: address.id } },
    });
    expect(violatedConstraint(await caught(prisma.address.create({ data: row })))).toBe('addresses_pkey');

    const strayAddress = await caught(
      prisma.address.create({ data: { ...row, id: randomUUID(), customerId: randomUUID() } }),
    );
    expect(violatedConstraint(strayAddress)).toBeUndefined();
    expect(codeOf(strayAddress)).toBeNull();

    const { data } = await givenOrder(shop);
    const strayOrder = await caught(
      prisma.order.update({
        where: { storeId_id: { storeId: shop.storeId, id: data.id } },
        data: { customerId: randomUUID() },
      }),
    );
    expect(violatedConstraint(strayOrder)).toBe('orders_customer_fkey');
    expect(codeOf(strayOrder)).toBeNull();
  });
});

describe('a conflict of concurrent transactions', () => {
  it.each(['40001', '40P01', 'P2034'])('with the code %s is 409', (code) => {
    expect(codeOf(withCode(code))).toBe('write_conflict');
  });

  it('is 409 where Prisma carries it inside', () => {
    expect(codeOf(ofPrisma({ originalCode: '40001' }))).toBe('write_conflict');
    expect(codeOf(ofPrisma({ kind: 'TransactionWriteConflict' }))).toBe('write_conflict');
  });
});

describe('a database that cannot serve now', () => {
  it.each([
    '08006',
    '08P01',
    '25006',
    '25P03',
    '28000',
    '28P01',
    '3D000',
    '53300',
    '53400',
    '55P03',
    '57014',
    '57P01',
    '57P03',
    '57P05',
    'P1000',
    'P1001',
    'P1003',
    'P1011',
    'P1017',
    'P2024',
    'P2028',
    'ECONNREFUSED',
    'ECONNRESET',
    'ETIMEDOUT',
    'EHOSTUNREACH',
    'EMFILE',
    'CERT_HAS_EXPIRED',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'ERR_TLS_CERT_ALTNAME_INVALID',
  ])('with the code %s is 503 with Retry-After', (code) => {
    const translated = translateDatabaseError(withCode(code));
    expect(translated).toBeInstanceOf(AppError);
    expect(translated?.code).toBe('unavailable');
    expect(translated?.headers).toEqual({ 'retry-after': '1' });
  });

  it.each(['25006', '57014', '55P03', '57P01'])(
    'with the SQLSTATE %s inside what Prisma reports is the same',
    (originalCode) => {
      expect(codeOf(ofPrisma({ originalCode }))).toBe('unavailable');
    },
  );

  it.each([
    'timeout exceeded when trying to connect',
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'Query read timeout',
    'Client has encountered a connection error and is not queryable',
    'Cannot use a pool after calling end on the pool',
    'The server does not support SSL connections',
  ])('and that the driver reports without a code is known by its words: %s', (message) => {
    expect(codeOf(new Error(message))).toBe('unavailable');
    expect(codeOf(new Error('outer', { cause: new Error(message) }))).toBe('unavailable');
    expect(codeOf(ofPrisma({ message }))).toBe('unavailable');
  });
});

it('a connection that came without what it asked for is 503', () => {
  expect(codeOf(new SessionNotSettled('TimeZone', 'Asia/Tokyo', 'UTC'))).toBe('unavailable');
});

describe('everything else', () => {
  it.each([
    ['an error', new Error('odd')],
    ['an error of another table', withCode('42P01')],
    ['a full disk', withCode('53100')],
    ['what an operator can mend', new StartupError('MASTER_KEY cannot open the stored keys')],
    ['a broken disk', withCode('58030')],
    ['a text', 'timeout exceeded when trying to connect'],
    ['nothing', undefined],
    ['null', null],
    ['a number', 57_014],
    ['an object', {}],
    ['a code that is no text', { code: 57_014 }],
  ])('is not translated: %s', (_, error) => {
    expect(translateDatabaseError(error)).toBeNull();
  });

  it('is given up after ten layers, also in a circle', () => {
    const circle = new Error('odd');
    circle.cause = circle;
    expect(translateDatabaseError(circle)).toBeNull();
    const deep = Array.from({ length: 12 }).reduce<Error>(
      (cause) => new Error('odd', { cause }),
      withCode('ECONNREFUSED'),
    );
    expect(translateDatabaseError(deep)).toBeNull();
  });

  it('keeps the cause for the log, and says nothing of it to the client', () => {
    const cause = Object.assign(withCode('23505', 'Key (email)=(canary@example.test)'), {
      constraint: 'customers_login_email_key',
    });
    const translated = translateDatabaseError(cause);
    expect(translated?.cause).toBe(cause);
    expect(JSON.stringify([translated?.entries, translated?.message])).not.toContain('canary');
  });
});
