import type { AddressResource } from '../../src/addresses/addresses.contract.js';
import type { TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { addressMembers, type Shop, type TestCustomer } from '../harness/shop.js';

type Members = Record<string, unknown>;
type Headers = Record<string, string>;

/** The addresses of one customer, reached with one set of headers. */
export class AddressBook {
  constructor(
    readonly app: TestApp,
    readonly customerId: string,
    private readonly headers: Headers,
  ) {}

  static async asService(shop: Shop, customer: TestCustomer): Promise<AddressBook> {
    return new AddressBook(shop.app, customer.id, await shop.service());
  }

  static async asShopper(shop: Shop, customer: TestCustomer): Promise<AddressBook> {
    return new AddressBook(shop.app, customer.id, await shop.as(customer));
  }

  get path(): string {
    return `/v2/customers/${this.customerId}/addresses`;
  }

  post(data: Members | null) {
    return this.app.http.post(this.path).set(this.headers).send({ data });
  }

  put(id: string, data: Members | null) {
    return this.app.http.put(`${this.path}/${id}`).set(this.headers).send({ data });
  }

  get(id: string) {
    return this.app.http.get(`${this.path}/${id}`).set(this.headers);
  }

  list(query = '') {
    return this.app.http.get(`${this.path}${query}`).set(this.headers);
  }

  remove(id: string) {
    return this.app.http.delete(`${this.path}/${id}`).set(this.headers);
  }

  byLink(id: string) {
    return this.app.http.get(`/v2/addresses/${id}`).set(this.headers);
  }

  async given(members: Members = {}): Promise<AddressResource> {
    const answer = await this.post({ ...addressMembers, ...members }).expect(201);
    return (answer.body as { data: AddressResource }).data;
  }
}

/** What an address shows whose writer gave the required members only, times and ids aside. */
export const bareAddress = {
  ...addressMembers,
  name: '',
  phone_number: '',
  company_name: '',
  line_2: '',
  city: '',
  region: '',
  post_code: addressMembers.postcode,
  instructions: '',
};

/** Members and times of every address of the store, as the database has them. */
export async function storedAddresses({ app, storeId }: Shop): Promise<Members[]> {
  const { rows } = await app.database.pool.query<Members>('SELECT * FROM addresses WHERE store_id = $1 ORDER BY id', [
    storeId,
  ]);
  return rows;
}

/** Asserts a 400 whose entries are these faults, in this order: `first_name is required`. */
export function expectFaults(answer: Parameters<typeof expectError>[0], ...faults: string[]): void {
  expectError(
    answer,
    'member_invalid',
    faults.map((detail) => ({
      source: 'data',
      title: detail.endsWith(' is required') ? 'required' : 'invalid',
      detail,
    })),
  );
}
