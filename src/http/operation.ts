import { SetMetadata } from '@nestjs/common';
import type { z } from 'zod';
import type { ErrorCode } from '../errors/error-catalog.js';
import type { ListRules } from '../jsonapi/list-query.js';

export const OPERATION = 'gatehouse:operation';

/** A header that an answer has beside those of all answers. */
export type AnswerHeader = 'Cache-Control' | 'ETag' | 'Location' | 'Set-Cookie';

/** An answer that is neither the usual one nor the error document. */
export interface OtherAnswer {
  readonly description: string;
  readonly mediaType?: 'application/json' | 'text/html';
  /** Of JSON. */
  readonly schema?: z.ZodType;
  readonly headers?: readonly AnswerHeader[];
}

/**
 * What the document of the interface says of a route, beyond what the route declares anyway: its path, the schema of its body,
 * the permission that it needs, its status. Refusals that follow from those are added there and not named here.
 */
export interface OperationNotes<Answer extends z.ZodType = z.ZodType> {
  /** `operationId`: what generated clients call it. */
  readonly id: string;
  readonly summary: string;
  readonly description?: string;
  /** The body when all went well. The method must answer with it, which the compiler checks. */
  readonly answer?: Answer;
  readonly headers?: readonly AnswerHeader[];
  /** A body that may be left out, and is read by the method itself. */
  readonly optionalBody?: z.ZodType;
  /** A body that is read as a form, and not by a declared schema. */
  readonly form?: z.ZodType;
  /** Parameters in the query beside those of lists. */
  readonly query?: z.ZodObject;
  /** A list takes pages; with rules, filters and sorts too. */
  readonly list?: ListRules | 'pages only';
  /** The route looks at `If-Match` (RFC 9110 section 13.1.1). */
  readonly precondition?: true;
  /** What only this route refuses. */
  readonly refusals?: readonly ErrorCode[];
  /** By status. */
  readonly others?: Readonly<Record<number, OtherAnswer>>;
}

/** Documents a route. A test knows every route that is not. */
export function Operation<Answer extends z.ZodType = z.ZodType<void>>(notes: OperationNotes<Answer>) {
  const decorate = SetMetadata(OPERATION, notes);
  return <Method extends (...args: never[]) => z.output<Answer> | Promise<z.output<Answer>>>(
    target: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<Method>,
  ): void => {
    decorate(target, key, descriptor);
  };
}
