import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { setup, type Gatehouse } from '../../examples/ci/gatehouse.setup.js';
import { isRunning } from '../../src/launch/processes.js';
import { recordingOptions } from '../harness/interface/recorded-answers.js';
import { isThorough } from '../harness/tier/sizes.js';

interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
}

interface Workflow {
  readonly jobs: Readonly<Record<string, { readonly steps: readonly Step[] }>>;
}

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const examples = join(root, 'examples/ci');
const workflow: Workflow = parse(readFileSync(join(examples, 'workflow.yml'), 'utf8'));

const NODE_OPTIONS = recordingOptions().join(' ');

let scratch: string;
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'gatehouse-examples-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(scratch, { recursive: true });
});

/** Starts the example's Gatehouse as Vitest does. */
async function start(folder: string): Promise<{ gatehouse: Gatehouse | undefined; stop: () => Promise<void> }> {
  vi.stubEnv('GATEHOUSE_DIR', folder);
  vi.stubEnv('NODE_OPTIONS', NODE_OPTIONS);
  let gatehouse: Gatehouse | undefined;
  const stop = await setup({
    provide(key, value) {
      if (key === 'gatehouse') gatehouse = value as Gatehouse;
    },
  });
  return { gatehouse, stop };
}

describe('the Vitest set-up of examples/ci', () => {
  it.runIf(isThorough)(
    'when Vitest runs the example with it, the example test passes',
    async () => {
      const report = join(scratch, 'report.json');
      const project = join(scratch, 'storefront');
      cpSync(examples, project, { recursive: true });
      symlinkSync(join(root, 'node_modules'), join(project, 'node_modules'));
      const vitest = join(root, 'node_modules/vitest/vitest.mjs');
      // A process of its own, as in the project that copied the example: of this run, only the recorder reaches it.
      const { PATH } = process.env;
      await run(process.execPath, [vitest, 'run', '--reporter=json', '--outputFile', report], {
        cwd: project,
        env: { PATH, NODE_OPTIONS, GATEHOUSE_DIR: root },
      });

      expect(JSON.parse(readFileSync(report, 'utf8'))).toMatchObject({ numPassedTests: 1, numTotalTests: 1 });
    },
    120_000,
  );

  it.runIf(isThorough)(
    'starts a ready Gatehouse, tells how to reach it, and leaves nothing that answers',
    async () => {
      const { gatehouse, stop } = await start(root);
      const ready = `${gatehouse?.base_url}/health/ready`;

      expect(gatehouse).toEqual({
        base_url: expect.stringMatching(/^http:\/\/localhost:\d+$/),
        store_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        client_id: expect.stringMatching(/^[\w-]{43}$/),
        client_secret: expect.stringMatching(/^[\w-]{43}$/),
        database_url: expect.stringMatching(/^postgresql:\/\//),
        sso: {
          profile_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
          discovery_url: expect.stringMatching(/^http:\/\/localhost:\d+\//),
          login_url: expect.stringContaining('/oidc-idp/login/'),
          redirect_uri: 'http://localhost:3080/callback',
        },
      });
      expect((await fetch(ready)).status).toBe(200);
      await stop();
      await expect(fetch(ready)).rejects.toThrow('fetch failed');
    },
    120_000,
  );

  it('where there is no Gatehouse, says so with the last words of the process', async () => {
    await expect(start(scratch)).rejects.toThrow(/^Gatehouse did not start:\n[^]*Cannot find module/);
  });
});

describe('the workflow of examples/ci', () => {
  it('has steps that either use an action of a fixed version or run commands', () => {
    const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);
    expect(steps.filter(({ uses, run: commands }) => (uses === undefined) === (commands === undefined))).toEqual([]);
    expect(steps.filter(({ uses = 'a@v1' }) => !/@v\d+$/.test(uses))).toEqual([]);
    expect(steps.find(({ run: commands }) => commands === 'npx vitest run')?.env).toEqual({
      GATEHOUSE_DIR: 'gatehouse',
    });
  });

  it.runIf(isThorough)(
    'starts Gatehouse in one step, has it in the environment of the next, and stops it in the last',
    async () => {
      const temporary = join(scratch, 'temp');
      const environmentFile = join(scratch, 'environment');
      mkdirSync(temporary);
      writeFileSync(environmentFile, '');
      symlinkSync(root, join(scratch, 'gatehouse'));
      const { PATH, HOME } = process.env;
      const given = () =>
        Object.fromEntries(
          readFileSync(environmentFile, 'utf8')
            .split('\n')
            .filter((line) => line !== '')
            .map(assignment),
        );
      // As the runner does: a shell for each step, and what a step wrote to GITHUB_ENV is there in the next.
      const runStep = (name: string) =>
        run('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', commandsOf(name)], {
          cwd: scratch,
          env: { PATH, HOME, NODE_OPTIONS, RUNNER_TEMP: temporary, GITHUB_ENV: environmentFile, ...given() },
        });

      await runStep('Start Gatehouse');
      const environment = given();
      const ready = `${environment['GATEHOUSE_BASE_URL']}/health/ready`;
      const answer = await fetch(ready).catch((cause: unknown) => cause);
      await runStep('Stop Gatehouse');

      expect(answer).toHaveProperty('status', 200);
      expect(Object.keys(environment)).toEqual([
        'GATEHOUSE_PID',
        'GATEHOUSE_BASE_URL',
        'GATEHOUSE_STORE_ID',
        'GATEHOUSE_CLIENT_ID',
        'GATEHOUSE_CLIENT_SECRET',
        'GATEHOUSE_DATABASE_URL',
        'GATEHOUSE_SSO_PROFILE_ID',
        'GATEHOUSE_SSO_DISCOVERY_URL',
        'GATEHOUSE_SSO_LOGIN_URL',
        'GATEHOUSE_SSO_REDIRECT_URI',
      ]);
      expect(isRunning(Number(environment['GATEHOUSE_PID']))).toBe(false);
      await expect(fetch(ready)).rejects.toThrow('fetch failed');
    },
    120_000,
  );
});

function commandsOf(name: string): string {
  const step = workflow.jobs['any-test-runner']?.steps.find((candidate) => candidate.name === name);
  if (step?.run === undefined) throw new Error(`the workflow has no step ${name}`);
  return step.run;
}

function assignment(line: string): [string, string] {
  const at = line.indexOf('=');
  return [line.slice(0, at), line.slice(at + 1)];
}
