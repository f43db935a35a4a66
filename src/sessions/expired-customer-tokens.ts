import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Jobs } from '../jobs/jobs.js';
import { removalBy, storeSweep } from '../jobs/store-sweep.js';

/** Removes customer tokens an hour after their end: by then no clock of a replica takes one for good. Each login makes a row. */
@Injectable()
export class ExpiredCustomerTokens implements OnModuleInit {
  constructor(private readonly jobs: Jobs) {}

  onModuleInit(): void {
    this.jobs.declare(
      storeSweep({
        name: 'expired-customer-tokens',
        everySeconds: 600,
        sweep: removalBy(`DELETE FROM public.customer_tokens
          WHERE store_id = $1::uuid AND id = ANY (ARRAY(
            SELECT id FROM public.customer_tokens
            WHERE store_id = $1::uuid AND expires_at < statement_timestamp() - interval '1 hour'
            ORDER BY expires_at LIMIT $2::int))`),
      }),
    );
  }
}
