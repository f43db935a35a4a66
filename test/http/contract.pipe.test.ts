import type { ArgumentMetadata } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { ModulesContainer } from '@nestjs/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AppError } from '../../src/errors/app-error.js';
import { ContractPipe } from '../../src/http/contract.pipe.js';
import { registeredRoutes } from '../../src/http/route-table.js';
import { requestBody } from '../../src/jsonapi/request-body.js';
import { sharedApp, testConfig, type TestApp } from '../harness/app.js';
import { givenShop, type Shop } from '../harness/shop.js';

const pipe = new ContractPipe({ ...testConfig, databaseUrl: 'postgresql://nowhere' });

function metadata(schema?: unknown): ArgumentMetadata {
  return { type: 'body', ...(schema === undefined ? {} : { schema }) } as ArgumentMetadata;
}

function failureOf(work: () => unknown): AppError {
  try {
    work();
  } catch (cause) {
    if (cause instanceof AppError) return cause;
    throw cause;
  }
  throw new Error('nothing was refused');
}

describe('the contract pipe', () => {
  it('hands on what the schema made of the value', () => {
    const schema = z.object({ n: z.string().transform(Number) });
    expect(pipe.transform({ n: '7', unknown: 1 }, metadata(schema))).toEqual({ n: 7 });
  });

  it('leaves a parameter without a schema as it is', () => {
    const value = { any: 'thing' };
    expect(pipe.transform(value, metadata())).toBe(value);
  });

  it('refuses to run with a declaration that it cannot check', () => {
    expect(() => pipe.transform({}, metadata({ type: 'object' }))).toThrow('a declared schema must be a zod schema');
  });

  it('tells the faults in the style that the schema declares', () => {
    const attributes = z.object({ name: z.string() });
    const short = failureOf(() => pipe.transform({ data: {} }, metadata(requestBody('source_data', attributes))));
    expect(short.code).toBe('member_invalid');
    expect(short.entries).toEqual([{ source: 'data', title: 'required', detail: 'name is required' }]);
    const long = failureOf(() => pipe.transform({ data: {} }, metadata(requestBody('failed_validation', attributes))));
    expect(long.code).toBe('validation_failed');
    expect(long.entries).toEqual([{ title: 'Failed Validation', detail: 'The data.name field is required.' }]);
  });

  it('tells what the configuration refuses beside what the schema does, also where the schema alone is content', () => {
    const schema = requestBody('failed_validation', z.object({ name: z.string() }), (_, { passwordMinLength }) => [
      { path: ['data', 'word'], rule: 'min_string', limit: passwordMinLength },
    ]);
    const word = { title: 'Failed Validation', detail: 'The data.word must be at least 8 characters.' };
    const name = { title: 'Failed Validation', detail: 'The data.name field is required.' };
    expect(failureOf(() => pipe.transform({ data: {} }, metadata(schema))).entries).toEqual([name, word]);
    expect(failureOf(() => pipe.transform({ data: { name: 'a' } }, metadata(schema))).entries).toEqual([word]);
  });

  it('takes no value as an empty one, so that a missing body is a missing member', () => {
    const schema = requestBody('failed_validation', z.object({ name: z.string() }));
    for (const value of [undefined, null]) {
      expect(failureOf(() => pipe.transform(value, metadata(schema))).entries).toEqual([
        { title: 'Failed Validation', detail: 'The data field is required.' },
      ]);
    }
  });

  it('quotes no value in the error', () => {
    const schema = requestBody('failed_validation', z.object({ name: z.literal('x'), password: z.number() }));
    const error = failureOf(() =>
      pipe.transform({ data: { name: 'canary-1', password: 'canary-2' } }, metadata(schema)),
    );
    expect(JSON.stringify([error.entries, error.message])).not.toContain('canary');
    expect(error.cause).toBeUndefined();
  });
});

describe('every route that reads a body', () => {
  let app: TestApp;
  let shop: Shop;

  beforeAll(async () => {
    app = await sharedApp();
    shop = await givenShop(app);
  });

  it('refuses a bad one with 4xx', async () => {
    const service = await shop.service();
    const customer = await shop.customer();
    const address = await shop.address(customer);
    const ids: Record<string, string> = { ':customerId': customer.id, ':addressId': address.id };
    const writing = registeredRoutes(app.nest.getHttpAdapter().getInstance()).filter(
      ({ method }) => method === 'POST' || method === 'PUT' || method === 'PATCH',
    );
    expect(writing.length).toBeGreaterThan(6);
    for (const { method, url } of writing) {
      const path = url.replaceAll(/:\w+/g, (name) => ids[name] ?? name);
      for (const body of [{}, { data: null }, { data: [] }, { data: 'text' }, { data: { type: 'wrong' } }, []]) {
        const request = method === 'POST' ? app.http.post(path) : app.http.put(path);
        const answer = await request.set(service).send(body);
        expect([method, url, body, [400, 422].includes(answer.status)]).toEqual([method, url, body, true]);
      }
    }
  });

  it('declares a schema for it: without one nothing would be checked', () => {
    const BODY = '3:';
    const undeclared = [...app.nest.get(ModulesContainer).values()]
      .flatMap((module) => [...module.controllers.values()])
      .flatMap(({ metatype }) => {
        const controller = metatype as (new () => unknown) | null;
        if (controller === null) return [];
        return Object.getOwnPropertyNames(controller.prototype).flatMap((name) => {
          const parameters = (Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, name) ?? {}) as Record<
            string,
            { schema?: unknown }
          >;
          const bodies = Object.entries(parameters).filter(([key]) => key.startsWith(BODY));
          return bodies.some(([, { schema }]) => schema === undefined) ? [`${controller.name}.${name}`] : [];
        });
      });
    // The OAuth endpoints read forms by the rules of RFC 6749, with errors of their own.
    expect(undeclared.sort()).toEqual(['IntrospectionController.introspect', 'OauthController.issue']);
  });
});
