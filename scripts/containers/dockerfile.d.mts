export interface Instruction {
  readonly keyword: string;
  readonly flags: Readonly<Record<string, string>>;
  /** What follows keyword and flags. */
  readonly text: string;
  /** The command of an instruction in the JSON form; null in the shell form. */
  readonly words: readonly string[] | null;
}

export interface Stage {
  readonly name: string;
  readonly from: string;
  readonly instructions: readonly Instruction[];
}

export function parseDockerfile(text: string): Stage[];
export function lastInstruction(stage: Stage, keyword: string): Instruction | null;
export function stageEnvironment(stage: Stage): Record<string, string>;
export function contextFilter(text: string): (path: string) => boolean;
