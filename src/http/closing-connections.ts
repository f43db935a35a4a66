import type { FastifyInstance } from 'fastify';

/**
 * Lets the answers that leave while the service ends close their connections (RFC 9112 section 9.6). Clients keep theirs open, and
 * the service would wait for each of them.
 */
export function closeConnectionsAtTheEnd(instance: FastifyInstance): void {
  let ends = false;
  instance.addHook('preClose', (done) => {
    ends = true;
    done();
  });
  instance.addHook('onSend', (_request, reply, payload, done) => {
    if (ends) void reply.header('connection', 'close');
    done(null, payload);
  });
}
