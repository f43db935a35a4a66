import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { logFailure } from '../../src/http/failure-log.js';
import { LogSink } from '../harness/app.js';

interface Logged {
  readonly name: string;
  readonly code?: string;
  readonly frames?: string[];
  readonly cause?: Logged;
}

function logged(error: unknown): { failure: Logged; text: string } {
  const sink = new LogSink();
  logFailure(pino({ base: {} }, sink), error);
  const [entry, ...more] = sink.entries();
  expect(more).toEqual([]);
  expect(entry).toMatchObject({ level: 50, msg: 'failure' });
  return { failure: entry?.['failure'] as Logged, text: sink.lines.join('') };
}

describe('a failure in the log', () => {
  it('has name, code and place, and never the message, which may quote values', () => {
    const error = Object.assign(new TypeError('canary-value'), { code: 'E_ODD', detail: 'canary-detail' });
    const { failure, text } = logged(error);
    expect(failure).toEqual({ name: 'TypeError', code: 'E_ODD', frames: failure.frames });
    expect(failure.frames?.[0]).toMatch(/^at .*failure-log\.test\.ts/);
    expect(failure.frames?.length).toBeLessThanOrEqual(12);
    expect(text).not.toContain('canary');
  });

  it('leaves out a message of several lines too', () => {
    const { text } = logged(new Error('first canary\nsecond canary\n  third canary'));
    expect(text).not.toContain('canary');
  });

  it('has the causes, at most three of them', () => {
    const chain = [4, 3, 2, 1, 0].reduce<Error | undefined>((cause, depth) => {
      const error = new Error(`canary ${depth}`, { cause });
      error.name = `Level${depth}`;
      return error;
    }, undefined);
    const { failure, text } = logged(chain);
    const names: string[] = [];
    for (let next: Logged | undefined = failure; next !== undefined; next = next.cause) names.push(next.name);
    expect(names).toEqual(['Level0', 'Level1', 'Level2', 'Level3']);
    expect(text).not.toContain('canary');
  });

  it('has the error of the driver, which the database layer keeps in its meta data', () => {
    const driver = Object.assign(new Error('canary SQL'), { name: 'DriverAdapterError' });
    const error = Object.assign(new Error('canary'), { code: 'P2021', meta: { driverAdapterError: driver } });
    expect(logged(error).failure).toMatchObject({ code: 'P2021', cause: { name: 'DriverAdapterError' } });
  });

  it.each([
    ['a text', 'canary', 'string'],
    ['nothing', undefined, 'undefined'],
    ['null', null, 'object'],
    ['an object', { password: 'canary' }, 'object'],
  ])('that is no error but %s is named by its type only', (_, thrown, name) => {
    const { failure, text } = logged(thrown);
    expect(failure).toEqual({ name });
    expect(text).not.toContain('canary');
  });
});
