import { type ArgumentMetadata, Inject, Injectable, type PipeTransform } from '@nestjs/common';
import { z } from 'zod';
import { SERVICE_CONFIG, type ServiceConfig } from '../config/config.js';
import { faultsOf, faultStyles, validationError } from '../jsonapi/faults.js';

/**
 * Checks every parameter that declares a schema (`@Body({ schema })`) and hands the parsed value on. Without this pipe the
 * framework takes such a declaration as documentation and validates nothing.
 */
@Injectable()
export class ContractPipe implements PipeTransform {
  constructor(@Inject(SERVICE_CONFIG) private readonly config: ServiceConfig) {}

  transform(value: unknown, { schema }: ArgumentMetadata): unknown {
    if (schema === undefined) return value;
    if (!(schema instanceof z.ZodType)) throw new Error('a declared schema must be a zod schema');
    const input = value ?? {};
    const result = schema.safeParse(input);
    const { style = 'failed_validation', configured } = faultStyles.get(schema) ?? {};
    const faults = configured?.(input, this.config) ?? [];
    if (result.success && faults.length === 0) return result.data;
    throw validationError(style, [...(result.success ? [] : faultsOf(result.error, input)), ...faults]);
  }
}
