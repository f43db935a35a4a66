/**
 * A path that cannot be decoded (`%zz`, bytes that are no UTF-8) is taken as it is written: the router would refuse it before anybody
 * is asked who they are, whereas what is no id must be answered as an unknown id is.
 *
 * @param url as in the request line
 */
export function decodableUrl(url: string): string {
  const end = url.search(/[?#]/);
  const path = end === -1 ? url : url.slice(0, end);
  if (!path.includes('%') || isDecodable(path)) return url;
  return path.replaceAll('%', '%25') + (end === -1 ? '' : url.slice(end));
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
