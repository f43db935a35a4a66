import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';
import { Clock } from './clock/clock.js';
import type { ServiceConfig } from './config/config.js';
import { createLogger } from './http/logger.js';
import { describeInterface } from './openapi/interface-document.js';

/** Prints the document of the interface. Nothing is connected or made: the routes alone are looked at. */
const config = { logLevel: 'fatal', logDestination: 'stderr' } as ServiceConfig;
const app = await NestFactory.create(AppModule.for(config, createLogger(config), new Clock()), new FastifyAdapter(), {
  preview: true,
  logger: false,
});
process.stdout.write(`${JSON.stringify(await describeInterface(app, '/'), null, 2)}\n`);
