import { Controller, Get } from '@nestjs/common';
import { z } from 'zod';
import { AppError } from '../errors/app-error.js';
import { OpenToAll } from '../http/open-to-all.js';
import { Operation } from '../http/operation.js';
import { named } from '../jsonapi/named.js';
import { Startup } from './startup.js';

const Health = named('Health', 'All is well.', z.strictObject({ status: z.literal('ok') }));
type Health = z.output<typeof Health>;

/** Probes for orchestrators. They tell nothing about the deployment beyond whether it works. */
@Controller('health')
@OpenToAll('probes carry no token')
export class HealthController {
  constructor(private readonly startup: Startup) {}

  /** The process answers. Stays 200 while the database is away: restarting the process would not help. */
  @Operation({ id: 'getLiveness', summary: 'Whether the process answers', answer: Health })
  @Get('live')
  live(): Health {
    return { status: 'ok' };
  }

  /** The process can serve: the database answers, holds UTF-8, and has the schema of this version. */
  @Operation({ id: 'getReadiness', summary: 'Whether the process can serve', answer: Health })
  @Get('ready')
  async ready(): Promise<Health> {
    const obstacle = await this.startup.obstacle();
    if (obstacle !== null)
      throw new AppError('unavailable', { detail: `Not ready: ${obstacle}.`, headers: { 'retry-after': '1' } });
    return { status: 'ok' };
  }
}
