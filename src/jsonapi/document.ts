import { z } from 'zod';
import { type Brackets, pageLinks, pageMeta, type Page, PageLinks, PageMeta } from './page.js';

export interface Document<Resource> {
  data: Resource;
}

/** Some resources show their links beside `data`. */
export interface LinkedDocument<Resource, Links> extends Document<Resource> {
  links: Links;
}

export interface ListDocument<Resource> {
  data: Resource[];
  links: PageLinks;
  meta: PageMeta;
}

/** The schema of an answer with one resource. */
export function documentOf<Resource extends z.ZodType>(resource: Resource) {
  return z.strictObject({ data: resource });
}

export function linkedDocumentOf<Resource extends z.ZodType, Links extends z.ZodType>(
  resource: Resource,
  links: Links,
) {
  return z.strictObject({ data: resource, links });
}

/** The schema of an answer with a page of resources. */
export function listOf<Resource extends z.ZodType>(resource: Resource) {
  return z.strictObject({ data: z.array(resource), links: PageLinks, meta: PageMeta });
}

/** One page of records and how many there are in all. */
export interface Listing<Row> {
  rows: readonly Row[];
  total: number;
}

export function one<Resource>(data: Resource): Document<Resource> {
  return { data };
}

export function linked<Resource, Links>(data: Resource, links: Links): LinkedDocument<Resource, Links> {
  return { data, links };
}

/**
 * @param collectionUrl absolute URL of the list, without a query
 * @param kept what its links keep of the query, beside the page
 */
export function many<Resource>(
  data: Resource[],
  total: number,
  page: Page,
  collectionUrl: string,
  kept = '',
  brackets: Brackets = 'raw',
): ListDocument<Resource> {
  return { data, links: pageLinks(page, total, collectionUrl, kept, brackets), meta: pageMeta(page, total) };
}
