import { describe, expect, it } from 'vitest';
import { checkDifference, enumeratedColumns } from '../../src/database/enumerated-columns.js';

const SCHEMA = `
model Lamp {
  id    String @db.Uuid
  /// !['red' | 'dim_blue']
  /// How it shines.
  color String @map("lamp_color") @db.Text

  @@map("lamps")
}

model Door {
  /// !['open']
  state String?
  /// !['left' | 'right']
  side  String  @default("left")
}
`;

describe('enumeratedColumns', () => {
  it('finds what is annotated, under the names of the database, with the words in their order', () => {
    expect(enumeratedColumns(SCHEMA)).toEqual([
      { table: 'lamps', column: 'lamp_color', words: ['red', 'dim_blue'] },
      { table: 'Door', column: 'state', words: ['open'] },
      { table: 'Door', column: 'side', words: ['left', 'right'] },
    ]);
    expect(enumeratedColumns('')).toEqual([]);
  });

  it.each([
    ['no list of words', `/// ![string]\n  state String`],
    ['a word that would have to be quoted', `/// !['it''s']\n  state String`],
    ['a list of texts', `/// !['open']\n  state String[]`],
    ['a number', `/// !['open']\n  state Int`],
    ['something before it', `/// Whether it is open.\n  /// !['open']\n  state String`],
    ['nothing below', `/// !['open']`],
  ])('refuses an annotation with %s, as type and constraint would differ', (_what, body) => {
    expect(() => enumeratedColumns(`model Door {\n  ${body}\n}\n`)).toThrow(
      'Door: not a list of words that begins the comment of a text field',
    );
  });
});

describe('checkDifference', () => {
  const state = { table: 'doors', column: 'state', words: ['open', 'shut'] };

  it('adds what is new, drops what is gone, and does both where the words are others', () => {
    const add = `-- AddCheck\nALTER TABLE "doors" ADD CONSTRAINT "doors_state_check" CHECK ("state" IN ('open', 'shut'));\n`;
    const drop = `-- DropCheck\nALTER TABLE "doors" DROP CONSTRAINT "doors_state_check";\n`;
    expect(checkDifference([], [state])).toEqual({ drops: '', adds: add });
    expect(checkDifference([state], [])).toEqual({ drops: drop, adds: '' });
    expect(checkDifference([{ ...state, words: ['open'] }], [state])).toEqual({ drops: drop, adds: add });
    expect(checkDifference([state], [state])).toEqual({ drops: '', adds: '' });
  });
});
