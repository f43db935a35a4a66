import { Controller, Get, Header } from '@nestjs/common';
import { z } from 'zod';
import { OpenToAll } from '../http/open-to-all.js';
import { Operation } from '../http/operation.js';
import { named } from '../jsonapi/named.js';
import { ServedDocument } from './served-document.js';

const PUBLIC = 'public, max-age=300';

const OpenapiDocument = named(
  'OpenapiDocument',
  'This document.',
  z.looseObject({ openapi: z.literal('3.1.0'), info: z.looseObject({ title: z.string(), version: z.string() }) }),
);
type OpenapiDocument = z.output<typeof OpenapiDocument>;

@Controller('openapi.json')
@OpenToAll('the interface is no secret')
export class OpenapiController {
  constructor(private readonly document: ServedDocument) {}

  @Operation({ id: 'getInterface', summary: 'The interface as an OpenAPI document', answer: OpenapiDocument })
  @Get()
  @Header('cache-control', PUBLIC)
  @Header('content-type', 'application/json; charset=utf-8')
  async get(): Promise<OpenapiDocument> {
    // As bytes, which the framework sends as they are: to read and write it again for every reader would be their time and ours.
    return (await this.document.json()) as unknown as OpenapiDocument;
  }
}
