import { z } from 'zod';
import { type Environment, faultOfText, secretOf, settingOf } from '../config/environment-text.js';
import { StartupError } from '../errors/startup-error.js';

const port = z
  .string()
  .regex(/^\d{1,5}$/, { error: 'must be a port' })
  .transform(Number);
const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' });
const required = { error: 'is required' };

/** What the provider reads from its environment when it runs by itself. */
const rules = {
  HOST: z.string().default('127.0.0.1'),
  PORT: port.default(3001),
  /** Where browsers and the service reach it, and the `iss` of its tokens. Absent: `http://localhost:PORT`. */
  ISSUER: httpUrl.optional(),
  /** The service that people sign in to, as it is reached from here, and an application key of it with every right. */
  GATEHOUSE_URL: z.string(required).pipe(httpUrl),
  GATEHOUSE_CLIENT_ID: z.string(required),
  GATEHOUSE_CLIENT_SECRET: z.string(required),
};

const SECRET = 'GATEHOUSE_CLIENT_SECRET';

/** By name. A secret may also come from the file that `NAME_FILE` names. */
export const localProviderVariables: Readonly<Record<string, { readonly secret: boolean }>> = Object.fromEntries(
  Object.keys(rules).map((name) => [name, { secret: name === SECRET }]),
);

/** @throws StartupError with a line for each variable at fault */
export function readLocalProviderEnvironment(environment: Environment) {
  const faults: string[] = [];
  const report = (fault: string) => void faults.push(fault);
  const given: Record<string, string> = {};
  for (const name of Object.keys(rules)) {
    const text = name === SECRET ? secretOf(environment, name, report) : settingOf(environment, name);
    const fault = text === undefined ? null : faultOfText(text);
    if (fault !== null) faults.push(`${name} ${fault}`);
    else if (text !== undefined) given[name] = text;
  }
  const result = z.object(rules).safeParse(given);
  if (result.success && faults.length === 0) return result.data;
  const isTold = (name: string) => faults.some((fault) => fault.startsWith(name));
  const issues = result.error?.issues ?? [];
  const others = issues.filter(({ path }) => !isTold(path.join('.')));
  const lines = [...faults, ...others.map(({ path, message }) => `${path.join('.')} ${message}`)];
  throw new StartupError(lines.join('\n'));
}
