import { type INestApplication, Inject, Injectable } from '@nestjs/common';
import { SERVICE_CONFIG, type ServiceConfig } from '../config/config.js';
import { describeInterface } from './interface-document.js';

/** The document of the running application, written for the first who asks and kept. */
@Injectable()
export class ServedDocument {
  private app: INestApplication | null = null;
  private text: Promise<Buffer> | null = null;

  constructor(@Inject(SERVICE_CONFIG) private readonly config: ServiceConfig) {}

  /** Its routes are what the document is about. */
  of(app: INestApplication): void {
    this.app = app;
  }

  /** As bytes, which all readers share: a text would be encoded, and kept until it is read, for each of them. */
  json(): Promise<Buffer> {
    if (this.app === null) throw new Error('nobody said which application is documented');
    if (this.text === null) {
      this.text = describeInterface(this.app, this.config.publicUrl).then((document) =>
        Buffer.from(JSON.stringify(document)),
      );
      // What failed once may work for the next reader.
      this.text.catch(() => (this.text = null));
    }
    return this.text;
  }
}
