import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { activeServices, isOneShot, parseMount, startOrder, targetOf } from './compose-file.mjs';
import { ledInto } from './image.mjs';

const DURATIONS = { ms: 1, s: 1_000, m: 60_000 };
const POLL_MILLISECONDS = 100;

/**
 * The services of the compose file as processes: the ones of our image run its commands, `postgres` is the embedded one. Volumes
 * are folders, names of services are addresses of this machine, and a port is a free one.
 */
export class Deployment {
  running = new Map();

  /**
   * @param imageOf answers the image of a stage of the Dockerfile
   * @param database the running Postgres: its port, and how to set the password of its user
   * @param ports on which services listen, by name, instead of the ones inside of their containers
   * @param profiles that are asked for
   */
  constructor({ compose, imageOf, sandbox, database, ports, step, profiles = [] }) {
    Object.assign(this, { compose, imageOf, sandbox, database, ports, step, profiles });
  }

  /** `docker compose up --wait`: every service in its turn, each condition held. */
  async up() {
    for (const name of startOrder({ services: activeServices(this.compose, this.profiles) })) {
      const service = this.compose.services[name];
      if (service.image.startsWith('postgres:')) {
        const { POSTGRES_PASSWORD_FILE: file } = service.environment;
        await this.database.setPassword(readFileSync(this.inPlace(file, service), 'utf8'));
      } else {
        const title = `${name}: ${oneLine(this.commandOf(service))}`;
        await this.step(title, () => (isOneShot(this.compose, name) ? this.runOnce(name) : this.start(name)));
      }
      const { test, disable } = service.healthcheck ?? { disable: true };
      if (disable === true) continue;
      const words = test.slice(1);
      if (this.sandbox.finds(words[0]))
        await this.step(`${name} is healthy: ${oneLine(words)}`, () => this.untilHealthy(name));
      else console.log(`- ${name}: not run, as this machine has no ${words[0]}`);
    }
  }

  /** One run of a health check: the exit code that the engine would see. */
  async checkHealth(words, name) {
    const service = this.compose.services[name];
    // Where the server listens is another matter here than inside of its container.
    const environment = service.image.startsWith('postgres:') ? { PGPORT: String(this.database.port) } : {};
    const options = this.optionsOf(name);
    return this.sandbox.start(words, { ...options, environment: { ...options.environment, ...environment } }).ended;
  }

  /** Runs a command where the service runs, as `docker compose exec` does. */
  async execute(name, words) {
    const service = this.compose.services[name];
    return this.sandbox.run(
      words.map((word) => this.inPlace(word, service)),
      this.optionsOf(name),
    );
  }

  async stop(name) {
    return this.sandbox.stop(this.running.get(name));
  }

  outputOf(name) {
    return this.running.get(name).output;
  }

  /** The files of a volume by name. */
  filesOf(volume) {
    const folder = this.folderOf(volume);
    return new Map(readdirSync(folder).map((file) => [file, readFileSync(join(folder, file), 'utf8')]));
  }

  folderOf(volume) {
    return join(this.sandbox.folder, `volume-${volume}`);
  }

  async runOnce(name) {
    await this.execute(name, this.commandOf(this.compose.services[name]));
    this.nameDatabase();
  }

  start(name) {
    const service = this.compose.services[name];
    const words = this.commandOf(service).map((word) => this.inPlace(word, service));
    this.running.set(name, this.sandbox.start(words, this.optionsOf(name)));
  }

  async untilHealthy(name) {
    const { test, interval, retries, start_period } = this.compose.services[name].healthcheck;
    const deadline = Date.now() + milliseconds(start_period) + retries * milliseconds(interval);
    const program = this.running.get(name);
    while ((await this.checkHealth(test.slice(1), name)) !== 0) {
      if ((program?.exitCode ?? null) !== null) throw new Error(`${name} ended:\n${program.output}`);
      if (Date.now() > deadline) throw new Error(`${name} did not get healthy:\n${program?.output ?? ''}`);
      await delay(POLL_MILLISECONDS);
    }
  }

  /** No name server knows the services here: the address that was written takes the place of the name. */
  nameDatabase() {
    const file = join(this.folderOf('secrets'), 'database-url');
    if (!existsSync(file)) return;
    const url = readFileSync(file, 'utf8');
    writeFileSync(file, url.replace('@postgres:5432/', `@127.0.0.1:${this.database.port}/`));
  }

  imageFor(service) {
    return this.imageOf(targetOf(this.compose, service) ?? undefined);
  }

  commandOf(service) {
    return service.command ?? this.imageFor(service).command;
  }

  optionsOf(name) {
    const service = this.compose.services[name];
    const image = this.imageFor(service);
    const given = Object.entries({ ...image.environment, ...service.environment });
    const environment = Object.fromEntries(
      given.map(([variable, value]) => [variable, this.atHand(this.inPlace(value, service))]),
    );
    return {
      cwd: join(image.root, image.workdir),
      environment: { ...environment, PORT: String(this.ports[name] ?? 0) },
    };
  }

  /** No name server knows the services here, nor their aliases: the ports that they listen on take the place of the names. */
  atHand(text) {
    const places = Object.entries(this.ports).flatMap(([name, port]) => {
      const { ports = [], networks } = this.compose.services[name];
      const names = [name, ...(networks?.default.aliases ?? [])];
      return ports.flatMap((published) => names.map((host) => [`//${host}:${published.split(':').at(-1)}`, port]));
    });
    return places.reduce((result, [place, port]) => result.replace(place, `//localhost:${port}`), text);
  }

  inPlace(text, service) {
    return ledInto(this.imageFor(service).root, this.mountsOf(service), text);
  }

  mountsOf(service) {
    const mounts = (service.volumes ?? []).map(parseMount);
    return mounts.map(({ volume, target }) => ({ target, source: this.volumeAt(volume, target, service) }));
  }

  /** A new volume begins as a copy of what the image has at that place: this is how it gets its owner and mode. */
  volumeAt(volume, target, service) {
    const folder = this.folderOf(volume);
    const original = join(this.imageFor(service).root, target);
    if (existsSync(folder)) return folder;
    if (!existsSync(original)) return this.sandbox.makeFolder(`volume-${volume}`);
    cpSync(original, folder, { recursive: true });
    this.sandbox.giveAway(folder);
    return folder;
  }
}

function milliseconds(duration) {
  const [, count, unit] = /^(\d+)(ms|s|m)$/.exec(duration);
  return Number(count) * DURATIONS[unit];
}

function oneLine(words) {
  const line = words.join(' ').replaceAll(/\s+/g, ' ');
  return line.length > 90 ? `${line.slice(0, 90)}…` : line;
}
