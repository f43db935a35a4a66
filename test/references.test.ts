import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { apart, deadReferences, projectFiles, projectOf, readProjectFile } from './harness/references.js';

/** What is named and is not ours, by the file that names it. */
const OF_OTHERS: Readonly<Record<string, readonly string[]>> = {
  // A variable of the vendor's command line.
  'docs/moving-from-elastic-path.md': ['EPCC_API_BASE_URL'],
  // Members of Traefik's access log.
  'examples/proxy/traefik.yml': ['RequestPath', 'RequestLine'],
  // The runtime.
  'test/harness/identity-provider/honest.ts': ['Node.js'],
};

/** But for this file, where dead references stand on purpose. */
const read = projectFiles()
  .filter((path) => path !== 'test/references.test.ts')
  .map(readProjectFile);
const project = projectOf(read);

describe('comments and documents', () => {
  it('name no file, folder, command, variable or function that is not there', () => {
    const dead = read.flatMap((file) => {
      const found = deadReferences(file, project).filter((name) => !OF_OTHERS[file.path]?.includes(name));
      return found.length === 0 ? [] : [[file.path, found]];
    });
    expect(dead).toEqual([]);
  });

  it('still name what is excused as others’', () => {
    const unused = Object.entries(OF_OTHERS).flatMap(([path, names]) => {
      const file = read.find((each) => each.path === path);
      const found = file === undefined ? [] : deadReferences(file, project);
      return names.filter((name) => !found.includes(name)).map((name) => [path, name]);
    });
    expect(unused).toEqual([]);
  });

  it.each([
    ['prisma/a.prisma', '// told by database/prisma-errors.ts', ['database/prisma-errors.ts']],
    ['src/orders/a.ts', '/** As in order-vresion.ts says. */', ['order-vresion.ts']],
    ['src/orders/a.ts', 'const a = 1; // see test/order.test.ts', ['test/order.test.ts']],
    ['scripts/a.mjs', '/** Makes `isStillThere()` and `firstVersoin`. */', ['isStillThere', 'firstVersoin']],
    ['docs/a.md', '[the proxy](../examples/proxy/apache.conf)', ['../examples/proxy/apache.conf']],
    ['docs/a.md', '`src/helpers/` and `npm run lints`', ['src/helpers/', 'npm run lints']],
    ['docs/a.md', 'Set `DATABASE_URI`, or `PUBLIC_URI=https://…`.', ['DATABASE_URI', 'PUBLIC_URI']],
    ['docs/a.md', 'node dist/bundle/mian.js', ['dist/bundle/mian.js']],
    ['examples/a.yml', 'a: 1 # as in workflows.yml', ['workflows.yml']],
  ])('of %s that say %j are found to name %j in vain', (path, text, dead) => {
    expect(deadReferences(apart(path, text), project)).toEqual(dead);
  });

  it.each([
    ['prisma/a.prisma', '// told by database/database-errors.ts'],
    ['src/orders/a.ts', '/** As order-version.ts says, and `firstVersion()`; see crypto/secret-box.ts. */'],
    ['src/orders/a.ts', `const a = 'no/such/file.ts'; // a string is no comment`],
    [
      'docs/a.md',
      '[the proxy](../examples/proxy/nginx.conf), `launch/`, `npm run --silent admin`, dev-credentials.json',
    ],
    ['docs/a.md', 'https://example.com/a/b.json, /etc/nginx/api.conf, $HOME/x.json, answer.json(), *.test.ts'],
    ['docs/a.md', '`DATABASE_URL`, `MASTER_KEY=new,old`, node dist/bundle/main.js'],
  ])('of %s that say %j are found to be true', (path, text) => {
    expect(deadReferences(apart(path, text), project)).toEqual([]);
  });
});

describe('the map of the code in the README', () => {
  it('has every folder of src and every file at its top, each once, from the highest rank down', () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
    const rows = [...readme.matchAll(/^\| (\d+)(?:–\d+)? +\| ((?:`[\w.-]+\/?`(?:, )?)+) +\|/gm)];
    const places = rows.flatMap(([, , cell = '']) =>
      [...cell.matchAll(/`([\w.-]+)\/?`/g)].map(([, name]) => name ?? ''),
    );
    const inSource = readdirSync(new URL('../src', import.meta.url)).filter((name) => name !== 'generated');
    expect(places).toHaveLength(inSource.length);
    expect(new Set(places)).toEqual(new Set(inSource));
    const ranks = rows.map(([, rank]) => Number(rank));
    const highest = rows.map(([row]) => Number(/–(\d+)/.exec(row)?.[1] ?? /\d+/.exec(row)?.[0]));
    expect(highest).toEqual(highest.toSorted((one, other) => other - one));
    expect(Math.min(...ranks)).toBe(0);
  });
});
