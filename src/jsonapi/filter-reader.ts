/** One value of a condition, without its quotes and backslashes. */
export interface FilterValue {
  readonly text: string;
  /** Whether the text begins, or ends, with a `*` that no backslash made an ordinary one. */
  readonly starAtStart: boolean;
  readonly starAtEnd: boolean;
}

const NAME_CHARACTERS = new Set('abcdefghijklmnopqrstuvwxyz0123456789_.-');
/** What a backslash may stand before. Before anything else it is a mistake, or meant as itself: nobody can tell. */
const SPECIAL_CHARACTERS = new Set(`\\'"(),:|* `);

/** Goes through the text of a filter once, from left to right. */
export class FilterReader {
  private position = 0;

  constructor(private readonly text: string) {}

  atEnd(): boolean {
    this.skipBlanks();
    return this.position === this.text.length;
  }

  /** Steps over the character, and the blanks before it, if it is the next one. */
  takes(character: string): boolean {
    this.skipBlanks();
    if (this.text.charAt(this.position) !== character) return false;
    this.position += 1;
    return true;
  }

  /** The name of an operator or an attribute; empty when there is none. */
  name(): string {
    this.skipBlanks();
    const start = this.position;
    while (NAME_CHARACTERS.has(this.text.charAt(this.position))) this.position += 1;
    return this.text.slice(start, this.position);
  }

  /** Up to the comma or the parenthesis that ends it; null when it is none. An empty value must be in quotes. */
  value(): FilterValue | null {
    this.skipBlanks();
    const quote = this.text.charAt(this.position);
    if (quote !== '"' && quote !== "'") return this.plainValue();
    this.position += 1;
    const value = new ValueText();
    while (this.position < this.text.length) {
      if (this.takesNext(quote)) return value.quoted();
      if (!this.readInto(value)) return null;
    }
    return null;
  }

  private plainValue(): FilterValue | null {
    const value = new ValueText();
    while (this.position < this.text.length) {
      const next = this.text.charAt(this.position);
      if (next === ',' || next === ')') return value.plain();
      // Most likely the next condition, behind a parenthesis that was forgotten.
      if (next === '(') return null;
      if (!this.readInto(value)) return null;
    }
    return null;
  }

  private readInto(value: ValueText): boolean {
    const character = this.text.charAt(this.position);
    this.position += 1;
    if (character !== '\\') {
      value.add(character, false);
      return true;
    }
    const special = this.text.charAt(this.position);
    this.position += 1;
    value.add(special, true);
    return SPECIAL_CHARACTERS.has(special);
  }

  private takesNext(character: string): boolean {
    if (this.text.charAt(this.position) !== character) return false;
    this.position += 1;
    return true;
  }

  private skipBlanks(): void {
    while (this.text.charAt(this.position) === ' ') this.position += 1;
  }
}

class ValueText {
  private readonly characters: string[] = [];
  private readonly escaped: boolean[] = [];

  add(character: string, escaped: boolean): void {
    this.characters.push(character);
    this.escaped.push(escaped);
  }

  quoted(): FilterValue {
    return this.upTo(this.characters.length);
  }

  /** Blanks before it are gone already. */
  plain(): FilterValue | null {
    let end = this.characters.length;
    while (end > 0 && this.characters[end - 1] === ' ' && this.escaped[end - 1] === false) end -= 1;
    return end === 0 ? null : this.upTo(end);
  }

  private upTo(end: number): FilterValue {
    const isStar = (index: number) => this.characters[index] === '*' && this.escaped[index] === false;
    return {
      text: this.characters.slice(0, end).join(''),
      starAtStart: end > 0 && isStar(0),
      starAtEnd: end > 0 && isStar(end - 1),
    };
  }
}
