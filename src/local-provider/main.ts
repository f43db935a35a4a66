import { inspect } from 'node:util';
import { StartupError } from '../errors/startup-error.js';
import { readLocalProviderEnvironment } from './environment.js';
import { startLocalProvider } from './local-provider.js';
import { registerAt } from './registration.js';

// The provider by itself, beside a service that runs elsewhere: it makes itself a profile of that service.

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(0));
try {
  const environment = readLocalProviderEnvironment(process.env);
  const { HOST: host, PORT: port, ISSUER: issuer = null } = environment;
  const provider = await startLocalProvider({ host, ports: [port], issuer });
  const { discoveryUrl, loginUrl } = await registerAt(
    {
      url: environment.GATEHOUSE_URL,
      clientId: environment.GATEHOUSE_CLIENT_ID,
      clientSecret: environment.GATEHOUSE_CLIENT_SECRET,
    },
    provider,
  );
  process.stdout.write(
    `The local OpenID Provider is ready.\n  discovery URL  ${discoveryUrl}\n  login URL      ${loginUrl}\n`,
  );
} catch (cause) {
  process.stderr.write(`${cause instanceof StartupError ? cause.message : inspect(cause)}\n`);
  process.exit(1);
}
