import { Injectable } from '@nestjs/common';
import { StoreSettingsReader } from '../access/store-settings.js';
import { Clock } from '../clock/clock.js';
import { newId, parseUuid } from '../crypto/identifiers.js';
import { CustomersService } from '../customers/customers.service.js';
import { Database } from '../database/database.js';
import { AppError } from '../errors/app-error.js';
import type { AddressModel } from '../generated/prisma/models.js';
import type { Listing } from '../jsonapi/document.js';
import { validationError } from '../jsonapi/faults.js';
import { inOrder, type ListQuery, selectPage } from '../jsonapi/list-query.js';
import { inStore, ownedBy, type RequestScope } from '../scope/request-scope.js';
import type { CreateAddress, UpdateAddress } from './addresses.contract.js';
import { addressesOf } from './addresses.query.js';

/** Where an address is looked for: below a customer, or by its own link. */
interface AddressPlace {
  /** Undefined: anywhere in the caller's scope. */
  readonly customerId?: string;
  /** As the path has it. */
  readonly id: string;
}

@Injectable()
export class AddressesService {
  constructor(
    private readonly database: Database,
    private readonly customers: CustomersService,
    private readonly settings: StoreSettingsReader,
    private readonly clock: Clock,
  ) {}

  /** @throws AppError `customer_not_found` */
  async list(scope: RequestScope, customerId: string, query: ListQuery): Promise<Listing<AddressModel>> {
    const [, { ids, total }] = await Promise.all([
      this.customers.get(scope, customerId),
      selectPage(this.database, addressesOf(scope, customerId), query),
    ]);
    const where = { AND: [ownedBy(scope), { customerId }, { id: { in: [...ids] } }] };
    const rows = await this.database.read.address.findMany({ where });
    return { rows: inOrder(ids, rows, ({ id }) => id), total };
  }

  /** @throws AppError `customer_not_found`, `address_not_found` */
  async get(scope: RequestScope, place: AddressPlace): Promise<AddressModel> {
    if (place.customerId !== undefined) await this.customers.get(scope, place.customerId);
    return this.find(scope, place);
  }

  /** @throws AppError `customer_not_found`, `address_limit_reached`, `id_taken` */
  async create(scope: RequestScope, customerId: string, input: CreateAddress['data']): Promise<AddressModel> {
    const { addressLimit } = await this.settings.of(scope.storeId);
    return this.database.write(scope, async (tx) => {
      // Holding the customer's row makes counting and adding one step for all who add to the same customer.
      const held = await tx.lock('customers', { ...inStore(scope), id: customerId }, 'update');
      if (held === 0) throw new AppError('customer_not_found');
      // Also where there is no room: whoever loads addresses again must see which are there.
      const taken =
        input.id !== undefined && (await tx.address.count({ where: { ...inStore(scope), id: input.id } })) > 0;
      if (taken) throw new AppError('id_taken');
      const count = await tx.address.count({ where: { ...inStore(scope), customerId } });
      if (count >= addressLimit) throw new AppError('address_limit_reached');
      const now = this.clock.now();
      const address = await tx.address.create({
        data: {
          ...inStore(scope),
          id: input.id ?? newId(),
          customerId,
          name: input.name ?? '',
          firstName: input.first_name,
          lastName: input.last_name,
          companyName: input.company_name ?? '',
          phoneNumber: input.phone_number ?? '',
          line1: input.line_1,
          line2: input.line_2 ?? '',
          city: input.city ?? '',
          county: input.county,
          region: input.region ?? '',
          postcode: input.postcode,
          country: input.country,
          instructions: input.instructions ?? '',
          createdAt: now,
          updatedAt: now,
        },
      });
      tx.record({ type: 'address_created', subjectId: address.id, data: { customer_id: customerId } });
      return address;
    });
  }

  /** Changes what the body names and leaves the rest. @throws AppError `address_not_found`, `member_invalid` */
  async update(scope: RequestScope, place: AddressPlace, input: UpdateAddress['data']): Promise<AddressModel> {
    const { id, customerId } = await this.get(scope, place);
    return this.database.write(scope, async (tx) => {
      await tx.lock('addresses', { ...inStore(scope), id }, 'update');
      const stored = await tx.address.findFirst({ where: { AND: [ownedBy(scope), { id }] } });
      if (stored === null) throw new AppError('address_not_found');
      requireDistrict(stored, input);
      tx.record({ type: 'address_changed', subjectId: id, data: { customer_id: customerId } });
      return tx.address.update({
        where: { storeId_id: { ...inStore(scope), id } },
        data: { ...columns(input), ...postcodeColumn(stored, input), updatedAt: this.clock.now() },
      });
    });
  }

  /** @throws AppError `address_not_found` */
  async remove(scope: RequestScope, place: AddressPlace): Promise<void> {
    const { id, customerId } = await this.get(scope, place);
    await this.database.write(scope, async (tx) => {
      const { count } = await tx.address.deleteMany({ where: { AND: [ownedBy(scope), { id }] } });
      if (count === 0) throw new AppError('address_not_found');
      tx.record({ type: 'address_deleted', subjectId: id, data: { customer_id: customerId } });
    });
  }

  /** The customer of the path and the address are looked for together: an address of somebody else does not exist. */
  private async find(scope: RequestScope, { customerId, id: text }: AddressPlace): Promise<AddressModel> {
    const id = parseUuid(text);
    if (id === null) throw new AppError('address_not_found');
    const below = customerId === undefined ? {} : { customerId };
    const address = await this.database.read.address.findFirst({
      where: {
        AND: [
          // check: scope of an address by its own link
          ownedBy(scope),
          // check: customer in the path of an address
          below,
          { id },
        ],
      },
    });
    if (address === null) throw new AppError('address_not_found');
    return address;
  }
}

function columns(input: UpdateAddress['data']) {
  const given = {
    name: input.name,
    firstName: input.first_name,
    lastName: input.last_name,
    companyName: input.company_name,
    phoneNumber: input.phone_number,
    line1: input.line_1,
    line2: input.line_2,
    city: input.city,
    county: input.county,
    region: input.region,
    country: input.country,
    instructions: input.instructions,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/**
 * An old client reads `postcode` and `post_code`, changes one and sends the whole object back: the one that differs from what is
 * stored wins; if both do, `postcode`.
 */
function postcodeColumn(stored: AddressModel, { postcode, post_code: older }: UpdateAddress['data']) {
  const changed = [postcode, older].find((value) => value !== undefined && value !== stored.postcode);
  return changed === undefined ? {} : { postcode: changed };
}

function requireDistrict(stored: AddressModel, { county, region }: UpdateAddress['data']): void {
  if ((county ?? stored.county) || (region ?? stored.region)) return;
  throw validationError('source_data', [{ path: ['data', 'county'], rule: 'required' }]);
}
