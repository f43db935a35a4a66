import { describe, expect, it } from 'vitest';
import { createLogger, FrameworkLogger } from '../../src/http/logger.js';
import { LogSink, testConfig } from '../harness/app.js';

function linesAt(logLevel: 'debug' | 'info' | 'error' | 'silent'): Record<string, unknown>[] {
  const sink = new LogSink();
  const framework = new FrameworkLogger(
    createLogger({ ...testConfig, databaseUrl: 'postgresql://nowhere', logLevel }, sink),
  );
  framework.debug('a', 'Context');
  framework.verbose('b', 'Context');
  framework.log('c', 'Context');
  framework.warn('d', 'Context');
  framework.error('e', 'stack', 'Context');
  return sink.entries().map(({ time: _time, ...rest }) => rest);
}

function entry(level: number, msg: string): Record<string, unknown> {
  return { level, service: 'gatehouse', context: 'Context', msg };
}

describe("the framework's own messages", () => {
  it('go to the log of the service, its chatter at level debug', () => {
    const chatter = ['a', 'b', 'c'].map((text) => entry(20, text));
    expect(linesAt('debug')).toEqual([...chatter, entry(40, 'd'), entry(50, 'e')]);
  });

  it('are left out below the configured level', () => {
    expect(linesAt('info')).toEqual([entry(40, 'd'), entry(50, 'e')]);
    expect(linesAt('error')).toEqual([entry(50, 'e')]);
    expect(linesAt('silent')).toEqual([]);
  });
});
