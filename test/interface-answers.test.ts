import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { sharedApp } from './harness/app.js';
import type { SentAnswer } from './harness/interface/answer-recorder.mjs';
import { takeViolations, violationsOf } from './harness/interface/answers.js';
import { recordingOptions } from './harness/interface/recorded-answers.js';
import { givenShop } from './harness/shop.js';

/** A good answer, as the service gives it. */
async function goodAnswer(): Promise<SentAnswer> {
  const app = await sharedApp();
  const shop = await givenShop(app);
  const { id } = await shop.customer();
  const url = `/v2/customers/${id}`;
  const answer = await app.http.get(url).set(await shop.service());
  return { method: 'GET', url, status: answer.status, headers: answer.headers, body: Buffer.from(answer.text) };
}

function withBody(answer: SentAnswer, change: (data: Record<string, unknown>) => void): SentAnswer {
  const body = JSON.parse(answer.body.toString()) as { data: Record<string, unknown> };
  change(body.data);
  return { ...answer, body: Buffer.from(JSON.stringify(body)) };
}

describe('the comparison of every answer with the document of the interface', () => {
  it('finds nothing in an answer as the service gives it', async () => {
    expect(violationsOf(await goodAnswer())).toEqual([]);
  });

  it('lets customers have members of the store’s own', async () => {
    expect(violationsOf(withBody(await goodAnswer(), (data) => (data['shoe_size'] = 43)))).toEqual([]);
  });

  it.each<[string, (answer: SentAnswer) => SentAnswer, RegExp]>([
    ['a status', (answer) => ({ ...answer, status: 202 }), /status is not documented/],
    [
      'a member',
      (answer) => ({ ...answer, url: '/health/live', body: Buffer.from('{"status":"ok","x":1}') }),
      /additional/,
    ],
    ['the lack of a member', (answer) => withBody(answer, (data) => delete data['email_verified']), /required/],
    ['a type', (answer) => withBody(answer, (data) => (data['password'] = 'secret')), /boolean/],
    ['a time', (answer) => withBody(answer, (data) => (data['meta'] = { timestamps: {} })), /required/],
    [
      'a media type',
      (answer) => ({ ...answer, headers: { ...answer.headers, 'content-type': 'text/plain' } }),
      /media/,
    ],
    [
      'the lack of a header',
      ({ headers: { 'x-request-id': _, ...headers }, ...rest }) => ({ ...rest, headers }),
      /X-Req/,
    ],
    ['a body', (answer) => ({ ...answer, method: 'DELETE', status: 204 }), /body is not documented/],
    ['a path', (answer) => ({ ...answer, url: '/v2/nothing' }), /neither an operation/],
    [
      'a code of another operation',
      (answer) => ({
        ...answer,
        status: 404,
        body: Buffer.from(
          JSON.stringify({
            errors: [{ status: 404, title: 'x', detail: 'x', code: 'order_not_found', request_id: 'x' }],
          }),
        ),
      }),
      /constant/,
    ],
  ])('finds %s that is not documented', async (_, change, told) => {
    const [found = ''] = violationsOf(change(await goodAnswer()));
    expect(found).toMatch(told);
  });

  it('finds them in what a process of its own answers, also when that was killed', async () => {
    const child = spawn(process.execPath, [...recordingOptions(), '--input-type=module', '--eval', LIAR], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const [port] = (await once(child, 'message')) as [number];
    const answer = await fetch(`http://127.0.0.1:${port}/health/live`);
    child.kill('SIGKILL');

    expect(await answer.json()).toEqual({ status: 'well' });
    expect(takeViolations().join('\n')).toMatch(
      /^GET \/health\/live 200: the header [^]*the body is not as documented: \/status/,
    );
  });
});

/** A server that answers what no service does. */
const LIAR = `
  import { createServer } from 'node:http';
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write('{"status":');
    response.end('"well"}');
  });
  server.listen(0, '127.0.0.1', () => process.send(server.address().port));
`;
