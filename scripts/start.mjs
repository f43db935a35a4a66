import './node-version.mjs';
import { whenNpmLeaves } from './npm-parent.mjs';
import { serviceEnvironment, spawnService } from './service.mjs';
import { setUpOrExit } from './setup.mjs';

await setUpOrExit();

const service = spawnService(process.argv.slice(2), serviceEnvironment());
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => service.child.kill(signal));
process.on('disconnect', () => service.child.kill('SIGTERM'));
whenNpmLeaves(() => service.child.kill('SIGTERM'));
process.exit(await service.exitCode);
