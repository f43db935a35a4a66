import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Passport, type Strategy } from 'passport';
import { AppError } from '../errors/app-error.js';
import type { RequestScope } from '../scope/request-scope.js';
import type { CustomerLogin } from '../sessions/customer-tokens.js';

/** What a strategy gets to see of a request: the checked body, and where it came from. */
export interface LoginAttempt {
  readonly body: { readonly data: Readonly<Record<string, unknown>> };
  readonly query: Readonly<Record<string, never>>;
  readonly scope: RequestScope;
  readonly request: FastifyRequest;
}

type Outcome = (error: unknown, login?: CustomerLogin | false | null) => void;

/**
 * The login strategies by the wire value that selects them. The registry is this application's own: passport's default one is
 * shared by the whole process, where a second application would replace the strategies of the first.
 */
@Injectable()
export class LoginStrategies {
  private readonly passport = new Passport();

  /** For strategies: register under `authentication_mechanism`. */
  use(mechanism: string, strategy: Strategy): void {
    this.passport.use(mechanism, strategy);
  }

  /** @throws AppError of the strategy; `credentials_invalid` where it refuses without saying why */
  authenticate(mechanism: string, attempt: LoginAttempt): Promise<CustomerLogin> {
    return new Promise((resolve, reject) => {
      const outcome: Outcome = (error, login) => {
        if (error) reject(error);
        else if (login) resolve(login);
        else reject(new AppError('credentials_invalid'));
      };
      const middleware = this.passport.authenticate(mechanism, { session: false }, outcome) as unknown as (
        request: LoginAttempt,
        response: object,
        next: (error?: unknown) => void,
      ) => void;
      middleware({ ...attempt }, {}, reject);
    });
  }
}
