// Sends requests from a process of its own: what it has sent may lie in a queue before the service gets round to it, as in
// operation, where a client in the service's own process would wait its turn. One job per message, each request over a new connection.
import { request } from 'node:http';

process.on('message', (posts) => void postAtOnce(posts));
process.on('disconnect', () => process.exit());

async function postAtOnce(posts) {
  process.send({ answers: await Promise.all(posts.map(post)) });
}

function post({ url, headers, body }) {
  return new Promise((resolve, reject) => {
    let sentAtMs = Number.NaN;
    const sent = request(url, { method: 'POST', agent: false, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk) => (text += chunk));
      answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, body: text, sentAtMs }));
      answer.on('error', reject);
    });
    sent.on('error', reject);
    sent.on('finish', () => (sentAtMs = Date.now()));
    sent.end(body);
  });
}
