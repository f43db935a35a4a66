import { runProgram } from './gates.mjs';

/** What is checked without running anything of the service: gates for `runGates`. */
export const format = ['format', () => runProgram('node_modules/oxfmt/bin/oxfmt', ['--check'])];

export const lintAndTypes = [
  'lint and types',
  () => runProgram('node_modules/oxlint/bin/oxlint', ['--type-aware', '--type-check', '--deny-warnings']),
];

/** The document of the interface by the rules that its linter recommends, none switched off. */
export const interfaceRules = [
  'interface',
  () => {
    const quiet = { REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
    const args = ['lint', 'openapi.json', '--extends=recommended', '--format=summary'];
    return runProgram('node_modules/@redocly/cli/bin/cli.js', args, quiet);
  },
];
