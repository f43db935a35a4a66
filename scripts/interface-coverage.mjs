// What of the document of the interface no test has seen: the tests write down which statuses came, and each that is documented must.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { inProject } from './project.mjs';

const SEEN_FOLDER = '.cache/interface';

/** Before the tests: what an earlier run has seen does not count. */
export function forgetSeen() {
  rmSync(inProject(SEEN_FOLDER), { recursive: true, force: true });
}

/** @throws Error that names what was never answered */
export function requireEverythingSeen() {
  const folder = inProject(SEEN_FOLDER);
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.seen')) : [];
  const seen = new Set(files.flatMap((name) => readFileSync(`${folder}/${name}`, 'utf8').split('\n')));
  const { paths } = JSON.parse(readFileSync(inProject('openapi.json'), 'utf8'));
  const documented = Object.values(paths).flatMap((item) =>
    Object.values(item).flatMap(({ operationId, responses }) =>
      Object.keys(responses).map((status) => `${operationId} ${status}`),
    ),
  );
  const unseen = documented.filter((line) => !seen.has(line));
  if (unseen.length === 0) return documented.length;
  throw new Error(`documented, and seen by no test: ${unseen.join(', ')}`);
}
