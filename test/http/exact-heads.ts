import { expect } from 'vitest';
import { sharedApp, type TestApp } from '../harness/app.js';
import { type RawAnswer, sendBytes } from '../harness/raw-http.js';
import { givenShop, type Shop, type TestCustomer } from '../harness/shop.js';

/** A shop that is asked by heads of exactly the lines that a test wants. */
export interface ExactHeads {
  readonly app: TestApp;
  readonly shop: Shop;
  readonly customer: TestCustomer;
  /** The line with client credentials. */
  readonly authorization: string;
  /** The one answer to a head of exactly these lines; nothing is stored by a request that is refused. */
  readonly ask: (line: string, headers: readonly string[], sent?: string) => Promise<RawAnswer>;
}

export async function givenExactHeads(): Promise<ExactHeads> {
  const app = await sharedApp();
  const shop = await givenShop(app);
  const addresses = () => app.database.prisma.address.count({ where: { storeId: shop.storeId } });
  return {
    app,
    shop,
    customer: await shop.customer(),
    authorization: `Authorization: ${(await shop.service())['authorization']}`,
    ask: async (line, headers, sent = '') => {
      const before = await addresses();
      const lines = [line, ...headers, 'Connection: close', '', sent];
      const [answer, ...more] = await sendBytes(app.origin, lines.join('\r\n'));
      if (answer === undefined || more.length > 0) throw new Error(`${more.length} answers too many`);
      expect((await addresses()) - before).toBe(answer.status === 201 ? 1 : 0);
      return answer;
    },
  };
}
