import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Jobs } from '../jobs/jobs.js';
import { removalBy, storeSweep } from '../jobs/store-sweep.js';

const EVERY_SECONDS = 60;

/**
 * Removes sign-ins and codes ten minutes after their time, so that a late comer is recognised as one. The time of a code that was
 * exchanged is the end of its token.
 */
@Injectable()
export class ExpiredRows implements OnModuleInit {
  constructor(private readonly jobs: Jobs) {}

  onModuleInit(): void {
    this.jobs.declare(
      storeSweep({
        name: 'expired-sign-ins',
        everySeconds: EVERY_SECONDS,
        sweep: removalBy(`DELETE FROM public.sso_flows
          WHERE store_id = $1::uuid AND state_hash = ANY (ARRAY(
            SELECT state_hash FROM public.sso_flows
            WHERE store_id = $1::uuid AND expires_at < statement_timestamp() - interval '10 minutes'
            ORDER BY expires_at LIMIT $2::int))`),
      }),
    );
    this.jobs.declare(
      storeSweep({
        name: 'expired-authorization-codes',
        everySeconds: EVERY_SECONDS,
        sweep: removalBy(`DELETE FROM public.authorization_codes
          WHERE store_id = $1::uuid AND code_hash = ANY (ARRAY(
            SELECT code_hash FROM public.authorization_codes
            WHERE store_id = $1::uuid AND expires_at < statement_timestamp() - interval '10 minutes'
            ORDER BY expires_at LIMIT $2::int))`),
      }),
    );
  }
}
