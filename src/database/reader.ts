import type { PrismaClient } from '../generated/prisma/client.js';

type Model = Exclude<Extract<keyof PrismaClient, string>, `$${string}` | `_${string}`>;

type Reading =
  | 'findUnique'
  | 'findUniqueOrThrow'
  | 'findFirst'
  | 'findFirstOrThrow'
  | 'findMany'
  | 'count'
  | 'aggregate'
  | 'groupBy';

/** The Prisma client without what changes rows. */
export type Reader = { readonly [Name in Model]: Pick<PrismaClient[Name], Reading & keyof PrismaClient[Name]> };
