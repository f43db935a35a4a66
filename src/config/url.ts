/**
 * The URL that a text is, or null if it is none.
 *
 * Not `URL.canParse`: once Node 20 has compiled a caller of it to machine code, it says no to every URL that holds a letter such
 * as `ü`, since the compiled path takes the engine's Latin-1 text for UTF-8.
 */
export function parseUrl(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}
