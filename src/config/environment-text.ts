import { readFileSync } from 'node:fs';

export type Environment = Readonly<Record<string, string | undefined>>;

type Report = (problem: string) => void;

/** What no line of text holds in its middle: control characters, line ends, and marks that nobody sees. */
const NOT_IN_A_LINE = /[\p{Cc}\u{200b}\u{2028}\u{2029}\u{feff}]/u;
const QUOTED = /^(?:".*"|'.*'|`.*`|“.*”|‘.*’)$/su;

/**
 * The value of a variable as it is meant. Around it blanks, line ends and byte order marks are no part of it: env files and editors
 * of Windows leave them there. What is empty then counts as absent, since compose files and CI systems pass empty variables.
 */
export function settingOf(environment: Environment, name: string): string | undefined {
  return meantBy(environment[name] ?? '') || undefined;
}

/**
 * The value of a secret: of `NAME`, or of the file that `NAME_FILE` names, by the same rule.
 *
 * @param report is told what is wrong, in one line that begins with the variable's name and never quotes the value
 * @returns undefined where there is none, also after a report
 */
export function secretOf(environment: Environment, name: string, report: Report): string | undefined {
  const file = settingOf(environment, `${name}_FILE`);
  const given = settingOf(environment, name);
  if (file === undefined) return given;
  if (given !== undefined) {
    report(`${name} and ${name}_FILE are both set: keep one`);
    return undefined;
  }
  const fault = faultOfText(file);
  if (fault !== null) {
    report(`${name}_FILE ${fault}`);
    return undefined;
  }
  const text = contentOf(file, `${name}_FILE`, report);
  if (text === '') report(`${name}_FILE names an empty file: write the value into it`);
  return text || undefined;
}

/** Why the text cannot be what somebody meant, whatever the variable is for; null: it can. */
export function faultOfText(text: string): string | null {
  if (NOT_IN_A_LINE.test(text)) return 'must be one line of text without control characters';
  if (text.length > 1 && QUOTED.test(text)) return 'must be given without the quotation marks around it';
  return null;
}

function contentOf(file: string, name: string, report: Report): string | undefined {
  try {
    return meantBy(new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file)));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA')
      report(`${name} names a file that is no UTF-8 text: save it as UTF-8`);
    else report(`${name} cannot be read (${code}): name a readable file`);
    return undefined;
  }
}

function meantBy(text: string): string {
  return text.trim();
}
