import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

/** What is said of a name: IPv4 addresses, `unknown`, or nothing at all. */
export type NameAnswer = readonly string[] | 'unknown' | 'silence';

const TYPE_A = 1;
const FLAGS = { found: 0x8180, unknown: 0x8183 };

/** A real name server on this machine, by RFC 1035 as far as it must. */
export class NameServer {
  /** Names that it was asked for, once per packet. */
  readonly asked: string[] = [];

  private constructor(
    private readonly socket: Socket,
    private readonly say: (name: string) => NameAnswer,
  ) {
    socket.on('message', (question, { port, address }) => {
      const answer = this.#answerTo(question);
      if (answer !== null) socket.send(answer, port, address);
    });
  }

  static async start(say: (name: string) => NameAnswer): Promise<NameServer> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new NameServer(socket, say);
  }

  get address(): string {
    return `127.0.0.1:${this.socket.address().port}`;
  }

  async stop(): Promise<void> {
    this.socket.close();
    await once(this.socket, 'close');
  }

  #answerTo(question: Buffer): Buffer | null {
    const labels: string[] = [];
    let at = 12;
    for (let length = question.readUInt8(at); length > 0; length = question.readUInt8(at)) {
      labels.push(question.toString('latin1', at + 1, at + 1 + length));
      at += 1 + length;
    }
    const isIpv4 = question.readUInt16BE(at + 1) === TYPE_A;
    const name = labels.join('.').toLowerCase();
    this.asked.push(name);
    const said = this.say(name);
    if (said === 'silence') return null;
    const records = said === 'unknown' || !isIpv4 ? [] : said.map(addressRecord);
    const header = Buffer.alloc(12);
    question.copy(header, 0, 0, 2);
    header.writeUInt16BE(said === 'unknown' ? FLAGS.unknown : FLAGS.found, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(records.length, 6);
    return Buffer.concat([header, question.subarray(12, at + 5), ...records]);
  }
}

/** Of the name in the question (a pointer to it), class IN, to be kept for no time. */
function addressRecord(address: string): Buffer {
  const record = Buffer.from([0xc0, 12, 0, TYPE_A, 0, 1, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0]);
  Buffer.from(address.split('.').map(Number)).copy(record, 12);
  return record;
}
