import { readFileSync } from 'node:fs';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

/** The block of the README with this word behind its language. */
export function exampleCalled(name: string): string {
  const block = new RegExp(`\`\`\`\\w+ ${name}\\n([\\s\\S]*?)\`\`\``).exec(readme)?.[1];
  if (block === undefined) throw new Error(`the README has no example called ${name}`);
  return block;
}

/** Without line breaks. */
export const readmeText = readme.replaceAll(/\s+/g, ' ');
