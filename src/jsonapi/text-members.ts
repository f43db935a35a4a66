import { z } from 'zod';
import { LINES, ONE_LINE } from '../text/lines.js';
import { broken } from './request-body.js';

/** A name: text without controls and changes of direction (text/lines.ts). */
export function nameText(lengthMin: number, lengthMax: number) {
  return matching(ONE_LINE, lengthMin, lengthMax);
}

/** Text of one line or several. */
export function linesOfText(lengthMin: number, lengthMax: number) {
  return matching(LINES, lengthMin, lengthMax);
}

function matching(pattern: string, lengthMin: number, lengthMax: number) {
  const expression = new RegExp(pattern, 'u');
  const text = z.string().max(lengthMax);
  return (lengthMin === 0 ? text : text.min(lengthMin))
    .refine(
      (text) => /* check: names without controls and changes of direction */ expression.test(text),
      broken({ rule: 'controls' }),
    )
    .meta({ pattern });
}
