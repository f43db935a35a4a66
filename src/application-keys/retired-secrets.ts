import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Jobs } from '../jobs/jobs.js';
import { removalBy, storeSweep } from '../jobs/store-sweep.js';

/**
 * Removes secrets of application keys an hour after their end: by then no clock of a replica takes one for good. Those that an
 * operator declared stay, so that a value that was replaced is recognised and never comes back.
 */
@Injectable()
export class RetiredSecrets implements OnModuleInit {
  constructor(private readonly jobs: Jobs) {}

  onModuleInit(): void {
    this.jobs.declare(
      storeSweep({
        name: 'retired-application-key-secrets',
        everySeconds: 3_600,
        sweep: removalBy(`DELETE FROM public.application_key_secrets
          WHERE store_id = $1::uuid AND id = ANY (ARRAY(
            SELECT id FROM public.application_key_secrets
            WHERE store_id = $1::uuid AND retired_at < statement_timestamp() - interval '1 hour'
              AND ${/* check: application keys: declared secrets are remembered */ 'NOT declared'}
            ORDER BY retired_at LIMIT $2::int))`),
      }),
    );
  }
}
