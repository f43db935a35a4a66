import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { SERVICE_CONFIG, type ServiceConfig } from '../config/config.js';
import { Jobs } from '../jobs/jobs.js';
import { removalBy, storeSweep } from '../jobs/store-sweep.js';

/** Removes events that are older than the retention of the deployment. One that has no position yet stays until it was shown. */
@Injectable()
export class ExpiredEvents implements OnModuleInit {
  constructor(
    @Inject(SERVICE_CONFIG) private readonly config: ServiceConfig,
    private readonly jobs: Jobs,
  ) {}

  onModuleInit(): void {
    const { eventRetentionDays: days } = this.config;
    this.jobs.declare(
      storeSweep({
        name: 'expired-events',
        everySeconds: 600,
        sweep: removalBy(
          `DELETE FROM public.events
          WHERE store_id = $1::uuid AND id = ANY (ARRAY(
            SELECT id FROM public.events
            WHERE store_id = $1::uuid AND occurred_at < statement_timestamp() - make_interval(days => $3::int)
              AND position IS NOT NULL
            ORDER BY occurred_at LIMIT $2::int))`,
          days,
        ),
      }),
    );
  }
}
