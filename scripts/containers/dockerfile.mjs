const KEYWORDS = ['FROM', 'WORKDIR', 'COPY', 'ENV', 'RUN', 'USER', 'EXPOSE', 'HEALTHCHECK', 'CMD', 'ENTRYPOINT'];

/**
 * Reads the part of the Dockerfile language that ours uses, and refuses the rest: what is not understood is not checked either.
 *
 * @returns the stages in order, each with its instructions; `words` is the command of an instruction in the JSON form
 */
export function parseDockerfile(text) {
  const stages = [];
  for (const line of logicalLines(text)) {
    const { keyword, ...instruction } = parseInstruction(line);
    if (keyword === 'FROM') {
      const { from, name } = /^(?<from>\S+) AS (?<name>[a-z][a-z0-9-]*)$/.exec(instruction.text)?.groups ?? {};
      if (from === undefined) throw new Error(`FROM ${instruction.text}: name the stage with AS`);
      stages.push({ name, from, instructions: [] });
      continue;
    }
    const stage = stages.at(-1);
    if (stage === undefined) throw new Error(`${keyword} stands before the first FROM`);
    stage.instructions.push({ keyword, ...instruction });
  }
  return stages;
}

/** What the last of these instructions of a stage says, or null. */
export function lastInstruction({ instructions }, keyword) {
  return instructions.findLast((instruction) => instruction.keyword === keyword) ?? null;
}

/** The variables that a stage sets. */
export function stageEnvironment({ instructions }) {
  const assignments = instructions.filter(({ keyword }) => keyword === 'ENV').flatMap(({ text }) => text.split(/\s+/));
  return Object.fromEntries(
    assignments.map((assignment) => {
      const { name, value } = /^(?<name>\w+)=(?<value>[^\s"'$\\]*)$/.exec(assignment)?.groups ?? {};
      if (name === undefined) throw new Error(`ENV ${assignment}: write NAME=value, without quotes`);
      return [name, value];
    }),
  );
}

/**
 * Which paths of the project reach the builder, as `.dockerignore` says: the last pattern that matches the path or a folder above
 * it decides.
 */
export function contextFilter(text) {
  const rules = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({ kept: line.startsWith('!'), pattern: asExpression(line.replace(/^!/, '')) }));
  return (path) => {
    const parts = path.split('/');
    const paths = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
    const rule = rules.findLast(({ pattern }) => paths.some((candidate) => pattern.test(candidate)));
    return rule?.kept ?? true;
  };
}

/** Lines without comments, continued ones joined. */
function logicalLines(text) {
  return text
    .split('\n')
    .filter((line) => !/^\s*#/.test(line))
    .join('\n')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function parseInstruction(line) {
  const [, keyword, rest] = /^(\S+)\s+(.*)$/.exec(line) ?? [];
  if (!KEYWORDS.includes(keyword)) throw new Error(`Instruction not known here: ${line}`);
  const flags = {};
  const text = rest.replaceAll(/^(?:--[a-z-]+=\S+\s+)+/g, (given) => {
    for (const flag of given.trim().split(/\s+/)) {
      const [name, value] = flag.slice(2).split('=');
      flags[name] = value;
    }
    return '';
  });
  return { keyword, flags, text, words: commandWords(keyword, text) };
}

/** Null: the shell form. Docker reads an array that is no JSON as a shell command, which is never what was meant. */
function commandWords(keyword, text) {
  const command = keyword === 'HEALTHCHECK' ? text.replace(/^CMD\s+/, '') : text;
  if (!['RUN', 'CMD', 'ENTRYPOINT', 'HEALTHCHECK'].includes(keyword) || !command.startsWith('[')) return null;
  return JSON.parse(command);
}

function asExpression(pattern) {
  const source = pattern
    .replace(/^\/|\/$/g, '')
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll(/\*\*\/|\*\*|\*|\?/g, (wildcard) => {
      return { '**/': '(?:.*/)?', '**': '.*', '*': '[^/]*', '?': '[^/]' }[wildcard];
    });
  return new RegExp(`^${source}$`);
}
