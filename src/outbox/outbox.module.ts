import { Module } from '@nestjs/common';
import { EventPositions } from './event-positions.js';
import { ExpiredEvents } from './expired-events.js';
import { RefusalEvents } from './refusal-events.js';
import { Refusals } from './refusals.js';

/** The table of events: what becomes of the rows that the other features write. */
@Module({
  providers: [EventPositions, ExpiredEvents, RefusalEvents, Refusals],
  exports: [EventPositions, Refusals],
})
export class OutboxModule {}
