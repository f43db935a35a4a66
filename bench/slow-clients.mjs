/**
 * What clients that behave badly cost the others: `node bench/slow-clients.mjs [sockets] [kind ...]`.
 *
 * Starts the built service on an empty database with 1,024 descriptors (`npm run build` comes first), holds that many sockets of each
 * kind open for 25 s, opening new ones for those that the service closes, and measures other clients meanwhile. None of those sockets
 * closes its own side. Those that have their answers and are idle stay for 72 s, so some are left after the 20 s in which all others must go.
 */
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const HELD_SECONDS = 25;
const DESCRIPTORS = 1_024;
const CLIENTS = 4;

const head = (line) => `${line} HTTP/1.1\r\nHost: bench.test\r\n`;
/** What is sent on each new socket, and whether its answers are read. */
const KINDS = {
  silent: { sent: '', reads: true },
  'half a head': { sent: `${head('GET /health/live')}X-Half: `, reads: true },
  'half a body': { sent: `${head('POST /v2/customers')}Content-Length: 90000\r\n\r\n{"data":`, reads: true },
  garbage: { sent: '\x16\x03\x01\x00\xa5\x01\x00\x00', reads: true },
  'no reading': { sent: `${head('GET /openapi.json')}\r\n`.repeat(20), reads: false },
  'no reading of errors': { sent: `${head('GET /nothing')}\r\n`.repeat(20), reads: false },
  CONNECT: { sent: `${head('CONNECT bench.test:443')}\r\n`, reads: false },
  'upgrade to a web socket': {
    sent: `${head('GET /health/live')}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
    reads: false,
  },
  'upgrade to HTTP/2': { sent: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', reads: false },
};

if (process.argv[2] === '--hold') hold(process.argv[3], Number(process.argv[4]), Number(process.argv[5]));
else await measureAll(Number(process.argv[2] ?? 1_000), process.argv.slice(3));

/** In a process of its own, so that it is not measured. */
function hold(kind, port, count) {
  const { sent, reads } = KINDS[kind];
  const open = () => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    if (sent !== '') socket.write(sent, 'latin1');
    if (reads) socket.resume();
    else socket.pause();
    socket.on('error', () => {});
    // Also one that the service refuses at once: a client that is busy, not one that is mad.
    socket.once('close', () => setTimeout(open, 100));
  };
  // Sockets that read nothing do not keep a process alive.
  process.on('disconnect', () => process.exit());
  setInterval(() => {}, 1_000);
  for (let index = 0; index < count; index += 1) setTimeout(open, index);
}

async function measureAll(count, chosen) {
  const service = await startService();
  try {
    const token = await accessToken(service);
    await measure(service.port, token, 2);
    console.log(
      `${count} sockets, ${DESCRIPTORS} descriptors, ${CLIENTS} other clients; milliseconds, MiB, sockets after`,
    );
    console.log(`${'without'.padEnd(26)} ${shown(await measure(service.port, token, 10))}   ${memoryOf(service)}`);
    for (const kind of Object.keys(KINDS).filter((kind) => chosen.length === 0 || chosen.includes(kind))) {
      const holders = fork(fileURLToPath(import.meta.url), ['--hold', kind, String(service.port), String(count)]);
      await delay(count + 500);
      const measured = await measure(service.port, token, HELD_SECONDS);
      const memory = memoryOf(service);
      // What they hold must go away whatever they do: they are stopped, not closed.
      holders.kill('SIGSTOP');
      await delay(20_000);
      const left = socketsOf(service);
      holders.kill('SIGKILL');
      console.log(`${kind.padEnd(26)} ${shown(measured)}   ${memory}   ${left}`);
    }
  } finally {
    service.process.kill('SIGTERM');
    await once(service.process, 'exit');
  }
}

async function startService() {
  const main = fileURLToPath(new URL('../dist/bundle/main.js', import.meta.url));
  const limited = ['-c', `ulimit -n ${DESCRIPTORS}; exec "$0" "$@"`, process.execPath, main, '--ephemeral'];
  const child = spawn('sh', limited, {
    env: { ...process.env, UV_THREADPOOL_SIZE: '8', OIDC_ALLOW_PRIVATE_HOSTS: 'false', LOG_LEVEL: 'error' },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const [line] = await once(child.stdout, 'data');
  const told = JSON.parse(String(line));
  return { process: child, port: Number(new URL(told.base_url).port), ...told };
}

async function accessToken({ port, client_id, client_secret }) {
  const body = new URLSearchParams({ grant_type: 'client_credentials', client_id, client_secret });
  const answer = await fetch(`http://127.0.0.1:${port}/oauth/access_token`, { method: 'POST', body });
  return (await answer.json()).access_token;
}

/** Honest clients: each sends one request after the other, every fourth on a new connection. */
async function measure(port, token, seconds) {
  const until = performance.now() + seconds * 1_000;
  const times = [];
  let failures = 0;
  const client = async () => {
    const agent = new Agent({ keepAlive: true });
    for (let turn = 0; performance.now() < until; turn += 1) {
      const began = performance.now();
      const ok = await ask(port, token, turn % 4 === 0 ? new Agent() : agent);
      times.push(performance.now() - began);
      if (!ok) failures += 1;
      await delay(5);
    }
    agent.destroy();
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return { times: times.sort((one, other) => one - other), failures };
}

function ask(port, token, agent) {
  return new Promise((resolve) => {
    const sent = request({ port, host: '127.0.0.1', path: '/v2/customers', agent, timeout: 10_000 });
    sent.setHeader('authorization', `Bearer ${token}`);
    sent.on('response', (answer) => answer.resume().once('end', () => resolve(answer.statusCode === 200)));
    sent.on('timeout', () => sent.destroy());
    sent.on('error', () => resolve(false));
    sent.end();
  });
}

function shown({ times, failures }) {
  const at = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))].toFixed(1).padStart(8);
  return `p50 ${at(0.5)}  p99 ${at(0.99)}  of ${times.length} requests, ${failures} failed`;
}

function memoryOf({ process: { pid } }) {
  const kibibytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return `${Math.round(Number(kibibytes) / 1024)} MiB`;
}

/** Of clients: what is connected to the port, by the kernel's own table. */
function socketsOf({ port }) {
  const local = port.toString(16).toUpperCase().padStart(4, '0');
  const rows = readFileSync('/proc/net/tcp', 'utf8').split('\n');
  return rows.filter((row) => new RegExp(`^\\s*\\d+: [0-9A-F]{8}:${local} \\S+ 0[18] `).test(row)).length;
}
