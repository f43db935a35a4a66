// Takes down what a server answers, whoever asked. Plain JavaScript, since processes of the built service load it as well:
//
//   node --import=.../answer-recorder.mjs?into=<file> dist/bundle/main.js     adds a line of JSON for each answer
import { subscribe } from 'node:diagnostics_channel';
import { appendFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

const into = new URL(import.meta.url).searchParams.get('into');
// The thread beside the service is an OpenID Provider, with an interface of its own.
if (into !== null && isMainThread) {
  subscribe('http.server.request.start', ({ request, response }) => {
    recordAnswer(request, response, ({ body, ...answer }) => {
      // Written before the answer leaves: whoever has got it finds it here, and a process that is killed has lost none.
      appendFileSync(into, `${JSON.stringify({ ...answer, body: body.toString() })}\n`);
    });
  });
}

/** Hands over an answer when it is complete, before it leaves. */
export function recordAnswer(request, response, take) {
  const chunks = [];
  const written = {};
  const keep = ([chunk]) => {
    if (typeof chunk === 'string') chunks.push(Buffer.from(chunk));
    else if (chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk));
  };
  // What is given here, `getHeaders` does not tell.
  before(response, 'writeHead', (args) => {
    const given = args.at(-1);
    if (typeof given === 'object' && given !== null) Object.assign(written, given);
  });
  before(response, 'write', keep);
  before(response, 'end', (args) => {
    keep(args);
    const { method = '', url = '' } = request;
    const headers = { ...response.getHeaders(), ...written };
    take({ method, url, status: response.statusCode, headers, body: Buffer.concat(chunks) });
  });
}

/** Looks at what a method of the response is called with. */
function before(response, name, look) {
  const original = response[name];
  response[name] = (...args) => {
    look(args);
    return Reflect.apply(original, response, args);
  };
}
