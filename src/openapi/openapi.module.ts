import { Module } from '@nestjs/common';
import { OpenapiController } from './openapi.controller.js';
import { ReferenceController } from './reference.controller.js';
import { ServedDocument } from './served-document.js';

@Module({ controllers: [OpenapiController, ReferenceController], providers: [ServedDocument] })
export class OpenapiModule {}
