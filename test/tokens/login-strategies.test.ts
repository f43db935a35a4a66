import type { FastifyRequest } from 'fastify';
import { Passport, Strategy } from 'passport';
import { beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors/app-error.js';
import type { CustomerLogin } from '../../src/sessions/customer-tokens.js';
import { type LoginAttempt, LoginStrategies } from '../../src/tokens/login-strategies.js';

const LOGIN: CustomerLogin = {
  storeId: 'store',
  customerId: 'customer',
  name: 'Ann',
  mechanism: 'oidc',
  verifiedPasswordHash: null,
  identity: null,
};

const ATTEMPT: LoginAttempt = {
  body: { data: { code: 'right' } },
  query: {},
  scope: {
    storeId: 'store',
    keyId: 'key',
    credential: 'implicit',
    customer: null,
    origin: { requestId: 'request', clientAddress: '192.0.2.1', recorded: () => undefined },
  },
  request: {} as FastifyRequest,
};

/** A strategy as a later mechanism brings it: its answer depends on the body. */
class ByCode extends Strategy {
  override authenticate(attempt: unknown): void {
    const { code } = (attempt as LoginAttempt).body.data;
    if (code === 'right') this.success(LOGIN);
    else if (code === 'broken') this.error(new AppError('unavailable'));
    else this.fail();
  }
}

function attempt(code: string): LoginAttempt {
  return { ...ATTEMPT, body: { data: { code } } };
}

describe('LoginStrategies', () => {
  let strategies: LoginStrategies;

  beforeAll(() => {
    strategies = new LoginStrategies();
    strategies.use('code', new ByCode());
  });

  it('gives the login of the strategy that the mechanism names', async () => {
    expect(await strategies.authenticate('code', attempt('right'))).toEqual(LOGIN);
  });

  it('gives the one refusal, where a strategy refuses without saying why', async () => {
    await expect(strategies.authenticate('code', attempt('wrong'))).rejects.toMatchObject({
      code: 'credentials_invalid',
    });
  });

  it('passes on the failure of a strategy as it is', async () => {
    await expect(strategies.authenticate('code', attempt('broken'))).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('fails for a mechanism that nobody registered, in this registry or in another', async () => {
    new LoginStrategies().use('elsewhere', new ByCode());
    new Passport().use('elsewhere', new ByCode());

    for (const mechanism of ['elsewhere', 'password']) {
      await expect(strategies.authenticate(mechanism, attempt('right'))).rejects.toThrow(
        `Unknown authentication strategy "${mechanism}"`,
      );
    }
  });
});
