import { readFileSync } from 'node:fs';
import { z } from 'zod';
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
export function readLocalProviderEnvironment(environment: Readonly<Record<string, string | undefined>>) {
  const names = Object.keys(rules).filter((name) => environment[name]);
  const given = Object.fromEntries(names.map((name) => [name, environment[name]]));
  const file = environment[`${SECRET}_FILE`];
  const result = z.object(rules).safeParse(file ? { ...given, [SECRET]: contentOf(file) } : given);
  if (result.success) return result.data;
  throw new StartupError(result.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join('\n'));
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw new StartupError(`${SECRET}_FILE cannot be read: name a readable file`, { cause });
  }
}
