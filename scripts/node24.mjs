import { execFileSync, spawn } from 'node:child_process';
import { delimiter, dirname } from 'node:path';
import { inProject } from './project.mjs';

/** The program of Node 24, which the image runs, from the registry of npm. */
export function node24Program() {
  const npx = ['-y', '--package=node@24', '--', 'node', '-p', 'process.execPath'];
  return execFileSync('npx', npx, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim();
}

/** Runs a script of the project under Node 24, and whatever that starts. @returns its exit code */
export function runOnNode24(script, args) {
  const node = node24Program();
  const PATH = [dirname(node), process.env.PATH].join(delimiter);
  console.log(`Node ${execFileSync(node, ['-p', 'process.versions.node'], { encoding: 'utf8' }).trim()}`);
  const child = spawn(node, [inProject(script), ...args], { env: { ...process.env, PATH }, stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
}
