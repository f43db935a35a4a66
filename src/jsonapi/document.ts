import { pageLinks, pageMeta, type Page, type PageLinks, type PageMeta } from './page.js';

export interface Document<Resource> {
  data: Resource;
}

export interface ListDocument<Resource> {
  data: Resource[];
  links: PageLinks;
  meta: PageMeta;
}

/** One page of records and how many there are in all. */
export interface Listing<Row> {
  rows: readonly Row[];
  total: number;
}

export function one<Resource>(data: Resource): Document<Resource> {
  return { data };
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
): ListDocument<Resource> {
  return { data, links: pageLinks(page, total, collectionUrl, kept), meta: pageMeta(page, total) };
}
