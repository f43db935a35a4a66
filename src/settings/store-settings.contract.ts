import { z } from 'zod';
import type { StoreSettings } from '../access/store-settings.js';
import { Registration } from '../database/enumerations.js';
import { uuid } from '../jsonapi/answer-members.js';
import { named } from '../jsonapi/named.js';
import { PAGE_LIMIT_MAX } from '../jsonapi/page.js';
import { requestBody, typeMember } from '../jsonapi/request-body.js';

const ADDRESS_LIMIT_MAX = 1_000;

export const UpdateStoreSettings = named(
  'UpdateStoreSettings',
  'What is left out stays.',
  requestBody(
    'failed_validation',
    z.object({
      type: typeMember('store-settings'),
      registration: z.enum(Registration).optional(),
      require_current_password: z.boolean().optional(),
      page_length: z.int().min(1).max(PAGE_LIMIT_MAX).optional(),
      address_limit: z.int().min(1).max(ADDRESS_LIMIT_MAX).optional(),
    }),
  ),
);
export type UpdateStoreSettings = z.output<typeof UpdateStoreSettings>;

export const StoreSettingsResource = named(
  'StoreSettings',
  'What the team behind a store may choose about it. The id is the store’s.',
  z.strictObject({
    id: uuid,
    type: z.literal('store-settings'),
    registration: z.enum(Registration).describe('Who may create customers.'),
    require_current_password: z
      .boolean()
      .describe('Whether customers must give their password to change it or their email, or to delete themselves.'),
    page_length: z.int().describe('Records on a page that is asked for without a limit.'),
    address_limit: z.int().describe('Addresses that one customer may have.'),
  }),
);
export type StoreSettingsResource = z.output<typeof StoreSettingsResource>;

export function toStoreSettingsResource(storeId: string, settings: StoreSettings): StoreSettingsResource {
  return {
    id: storeId,
    type: 'store-settings',
    registration: settings.registration,
    require_current_password: settings.requireCurrentPassword,
    page_length: settings.pageLength,
    address_limit: settings.addressLimit,
  };
}
