import { cpSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { contextFilter, lastInstruction, parseDockerfile, stageEnvironment } from './dockerfile.mjs';

/** Folders of the image, as its commands name them. */
const IMAGE_PATHS = ['/app', '/run'];

/**
 * Does what a build of the Dockerfile does, without a container engine: every stage gets a folder, every COPY and RUN happens
 * there, and absolute paths of the image are led into it.
 *
 * @param project the folder with Dockerfile and `.dockerignore`
 * @param read answers the content of a file of the project
 * @param step is called with the name of each instruction and the work to do
 * @returns answers the image of a stage; of the last one where none is named
 */
export async function buildImage({ project, read, sandbox, step }) {
  const stages = parseDockerfile(read('Dockerfile'));
  const isSent = contextFilter(read('.dockerignore'));
  const context = sandbox.makeFolder('context');
  sandbox.copyIn(project, context, (path) => {
    const name = path.slice(project.length).replace(/^\/|\/$/g, '');
    return name === '' || isSent(name);
  });

  const built = new Map();
  for (const stage of stages) {
    const image = await step(`${stage.name}: FROM ${stage.from}`, () => begin(stage, { built, sandbox }));
    built.set(stage.name, image);
    for (const instruction of stage.instructions) {
      const { keyword, text } = instruction;
      if (keyword === 'WORKDIR') image.workdir = resolve(image.workdir, text);
      if (keyword === 'ENV') Object.assign(image.environment, stageEnvironment(stage));
      if (keyword === 'COPY') {
        await step(`${stage.name}: COPY ${text}`, () => copy(instruction, image, { context, built, sandbox }));
      }
      if (keyword === 'RUN') await step(`${stage.name}: RUN ${text}`, () => runIn(image, text, sandbox));
    }
  }
  return (name = stages.at(-1).name) => {
    const stage = stages.find((candidate) => candidate.name === name);
    return {
      ...built.get(name),
      user: lastInstruction(stage, 'USER')?.text ?? 'root',
      command: lastInstruction(stage, 'CMD').words,
      healthcheck: lastInstruction(stage, 'HEALTHCHECK')?.words ?? null,
    };
  };
}

/** A stage begins empty beside the base image's own files, or as a copy of an earlier one. */
function begin({ name, from }, { built, sandbox }) {
  const root = sandbox.makeFolder(`image-${name}`);
  const earlier = built.get(from);
  if (earlier !== undefined) {
    sandbox.copyIn(earlier.root, root);
    return { ...earlier, root, environment: { ...earlier.environment } };
  }
  for (const path of IMAGE_PATHS) sandbox.makeFolder(`image-${name}${path}`);
  return { root, workdir: '/', environment: {} };
}

/** Leads absolute paths of a container to where they are here. Mounts lie over the image's own files. */
export function ledInto(root, mounts, text) {
  const places = [...mounts, ...IMAGE_PATHS.map((path) => ({ target: path, source: join(root, path) }))];
  // The longer one first: below a mount, the image's own folder is hidden.
  const byLength = places.toSorted((left, right) => right.target.length - left.target.length);
  const targets = byLength.map(({ target }) => target).join('|');
  return text.replaceAll(new RegExp(`(?<![\\w./-])(?:${targets})(?![\\w-])`, 'g'), (target) => {
    return byLength.find((place) => place.target === target).source;
  });
}

function copy({ flags, text }, image, { context, built, sandbox }) {
  const sources = text.split(/\s+/);
  const target = sources.pop();
  const origin = flags.from === undefined ? context : built.get(flags.from)?.root;
  if (origin === undefined) throw new Error(`there is no stage ${flags.from}`);
  const into = join(image.root, resolve(image.workdir, target));
  const intoFolder = target.endsWith('/') || sources.length > 1;
  for (const name of sources) {
    const source = join(origin, name);
    if (!existsSync(source)) throw new Error(`${name} is not in the context: see .dockerignore`);
    // The content of a folder is copied, not the folder.
    const destination = intoFolder && statSync(source).isFile() ? join(into, basename(name)) : into;
    mkdirSync(join(destination, '..'), { recursive: true });
    cpSync(source, destination, { recursive: true, verbatimSymlinks: true });
  }
  sandbox.giveAway(join(image.root, image.workdir));
}

function runIn(image, text, sandbox) {
  const command = ledInto(image.root, [], text).replaceAll('1000:1000', `${sandbox.userId}:${sandbox.groupId}`);
  return sandbox.run(['sh', '-c', command], {
    cwd: join(image.root, image.workdir),
    environment: image.environment,
  });
}
