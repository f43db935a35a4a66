import { Controller, Get } from '@nestjs/common';
import { AppError } from '../errors/app-error.js';
import { OpenToAll } from '../http/open-to-all.js';
import { Startup } from './startup.js';

/** Probes for orchestrators. They tell nothing about the deployment beyond whether it works. */
@Controller('health')
@OpenToAll('probes carry no token')
export class HealthController {
  constructor(private readonly startup: Startup) {}

  /** The process answers. Stays 200 while the database is away: restarting the process would not help. */
  @Get('live')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /** The process can serve: the database answers, holds UTF-8, and has the schema of this version. */
  @Get('ready')
  async ready(): Promise<{ status: 'ok' }> {
    const obstacle = await this.startup.obstacle();
    if (obstacle !== null)
      throw new AppError('unavailable', { detail: `Not ready: ${obstacle}.`, headers: { 'retry-after': '1' } });
    return { status: 'ok' };
  }
}
