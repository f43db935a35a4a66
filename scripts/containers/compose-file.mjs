import { parse } from 'yaml';

const CONDITIONS = ['service_started', 'service_healthy', 'service_completed_successfully'];
const SERVICE_KEYS = [
  'image',
  'build',
  'pull_policy',
  'command',
  'environment',
  'volumes',
  'ports',
  'depends_on',
  'healthcheck',
  'restart',
  'stop_grace_period',
  'network_mode',
  'read_only',
  'cap_drop',
  'security_opt',
  'profiles',
  'networks',
];
const HEALTHCHECK_KEYS = ['test', 'interval', 'timeout', 'start_period', 'retries', 'disable'];

/** Reads a compose file as `docker compose config` would: merge keys applied, `${NAME:-default}` filled in, `$$` for a dollar. */
export function parseCompose(text, environment = {}) {
  return interpolated(parse(text, { merge: true }), environment);
}

/** A mount of the short form: `volume:/path` or `volume:/path:ro`. */
export function parseMount(text) {
  const { volume, target, mode } = /^(?<volume>[a-z-]+):(?<target>\/[^:]+)(?::(?<mode>ro))?$/.exec(text)?.groups ?? {};
  if (volume === undefined) throw new Error(`${text}: mount a named volume as volume:/path or volume:/path:ro`);
  return { volume, target, readOnly: mode === 'ro' };
}

/** The services that start when these profiles are asked for: those of them, and those without any. */
export function activeServices({ services }, profiles = []) {
  return Object.fromEntries(
    Object.entries(services).filter(([, service]) => service.profiles?.some((name) => profiles.includes(name)) ?? true),
  );
}

/** Which stage of the Dockerfile a service runs: null for the last one, undefined for an image that is not built here. */
export function targetOf({ services }, { image }) {
  const build = Object.values(services).find(
    (service) => service.image === image && service.build !== undefined,
  )?.build;
  return build === undefined ? undefined : (build.target ?? null);
}

/** Services in the order of a start: each behind all that it depends on. */
export function startOrder({ services }) {
  const order = [];
  const visit = (name, path) => {
    if (path.includes(name)) throw new Error(`services wait for each other: ${[...path, name].join(' -> ')}`);
    if (order.includes(name)) return;
    for (const dependency of Object.keys(services[name]?.depends_on ?? {})) visit(dependency, [...path, name]);
    order.push(name);
  };
  for (const name of Object.keys(services)) visit(name, []);
  return order;
}

/** Whether another service waits until this one has done its work and ended. */
export function isOneShot({ services }, name) {
  return Object.values(services).some(
    ({ depends_on = {} }) => depends_on[name]?.condition === 'service_completed_successfully',
  );
}

/**
 * What is wrong with the file; nothing if it is sound.
 *
 * @param programs what the program of each target reads from its environment: by name, with `secret` where `NAME_FILE` is read as
 *   well. `service` is the one of the last stage
 */
export function composeFaults(compose, programs) {
  const { name: _project, services = {}, volumes = {}, ...others } = compose;
  const faults = Object.keys(others)
    .filter((key) => !key.startsWith('x-'))
    .map((key) => `${key}: not known here`);
  const used = new Set();
  for (const [name, service] of Object.entries(services)) {
    const report = (fault) => faults.push(`${name}: ${fault}`);
    checkService(service, report);
    checkDependencies(service, compose, report);
    for (const mount of service.volumes ?? []) used.add(checkMount(mount, volumes, report));
    const target = targetOf(compose, service);
    if (target !== undefined) checkEnvironment(service.environment ?? {}, programs[target ?? 'service'] ?? {}, report);
    if (isOneShot(compose, name) && service.restart !== 'no') report('runs once, so restart must be no');
  }
  if (Object.values(services).every(({ build }) => build === undefined)) faults.push('no service is built');
  for (const name of Object.keys(volumes)) if (!used.has(name)) faults.push(`volume ${name}: not used`);
  try {
    startOrder({ services });
  } catch (cause) {
    faults.push(cause.message);
  }
  return faults;
}

function checkService(service, report) {
  for (const key of Object.keys(service)) if (!SERVICE_KEYS.includes(key)) report(`${key} is not known here`);
  if (typeof service.image !== 'string') report('has no image');
  else if (!/:[\w.-]+$/.test(service.image) || service.image.endsWith(':latest')) report('its image has no fixed tag');
  if (service.command !== undefined && !isWords(service.command)) report('its command must be a list of words');
  for (const port of service.ports ?? []) {
    if (!/^127\.0\.0\.1:\d+:\d+$/.test(port)) report(`port ${port} must be published on 127.0.0.1 only`);
  }
  for (const [name, value] of Object.entries(service.environment ?? {})) {
    if (typeof value !== 'string') report(`${name} must be text`);
  }
  if (!isBuild(service.build)) report('its build must be `.`, or that context with a target');
  if (service.profiles !== undefined && !isWords(service.profiles)) report('its profiles must be a list of words');
  if (!isNetworks(service.networks)) report('its networks may only give it aliases on the default one');
  checkHealthcheck(service.healthcheck ?? { disable: true }, report);
}

function isBuild(build) {
  if (build === undefined || build === '.') return true;
  return typeof build.target === 'string' && build.context === '.' && Object.keys(build).length === 2;
}

function isNetworks(networks) {
  if (networks === undefined) return true;
  return Object.keys(networks).join() === 'default' && Object.keys(networks.default).join() === 'aliases';
}

function checkHealthcheck(healthcheck, report) {
  for (const key of Object.keys(healthcheck))
    if (!HEALTHCHECK_KEYS.includes(key)) report(`healthcheck.${key} is unknown`);
  if (healthcheck.disable === true) return;
  if (!isWords(healthcheck.test) || healthcheck.test[0] !== 'CMD') report('its healthcheck must be a list after CMD');
  if (!Number.isInteger(healthcheck.retries)) report('its healthcheck must say how many retries');
  for (const key of ['interval', 'timeout', 'start_period']) {
    if (!/^\d+(?:ms|s|m)$/.test(healthcheck[key])) report(`healthcheck.${key} must be a duration`);
  }
}

function checkDependencies({ depends_on = {} }, { services }, report) {
  for (const [name, dependency] of Object.entries(depends_on)) {
    const target = services[name];
    if (target === undefined) report(`depends on ${name}, which is not there`);
    if (!CONDITIONS.includes(dependency?.condition)) report(`depends on ${name} under no known condition`);
    if (dependency?.condition !== 'service_healthy' || target === undefined) continue;
    if ((target.healthcheck ?? { disable: true }).disable === true)
      report(`waits for the health of ${name}, which has no check`);
  }
}

function checkMount(text, volumes, report) {
  try {
    const { volume } = parseMount(text);
    if (!(volume in volumes)) report(`volume ${volume} is not declared`);
    return volume;
  } catch (cause) {
    report(cause.message);
    return null;
  }
}

function checkEnvironment(environment, variables, report) {
  for (const name of Object.keys(environment)) {
    const plain = name.replace(/_FILE$/, '');
    if (variables[name]?.secret === true) report(`${name} is secret: give ${name}_FILE`);
    if (!(name in variables) && variables[plain]?.secret !== true) report(`${name} is no variable of the service`);
  }
}

function isWords(value) {
  return Array.isArray(value) && value.length > 0 && value.every((word) => typeof word === 'string');
}

function interpolated(value, environment) {
  if (typeof value === 'string') return fillIn(value, environment);
  if (Array.isArray(value)) return value.map((item) => interpolated(item, environment));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, interpolated(item, environment)]));
}

function fillIn(text, environment) {
  return text.replaceAll(/\$(?:(\$)|\{(\w+):-([^}]*)\}|(.{0,20}))/g, (_, dollar, name, fallback, rest) => {
    if (dollar !== undefined) return '$';
    if (rest !== undefined) throw new Error(`$${rest}: write \${NAME:-default}, or $$ for a dollar`);
    return environment[name] || fallback;
  });
}
