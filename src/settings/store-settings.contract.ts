import { z } from 'zod';
import type { StoreSettings } from '../access/store-settings.js';
import { PAGE_LIMIT_MAX } from '../jsonapi/page.js';
import { requestBody, typeMember } from '../jsonapi/request-body.js';

const ADDRESS_LIMIT_MAX = 1_000;

export const UpdateStoreSettings = requestBody(
  'failed_validation',
  z.object({
    type: typeMember('store-settings'),
    registration: z.enum(['open', 'client_credentials']).optional(),
    require_current_password: z.boolean().optional(),
    page_length: z.int().min(1).max(PAGE_LIMIT_MAX).optional(),
    address_limit: z.int().min(1).max(ADDRESS_LIMIT_MAX).optional(),
  }),
);
export type UpdateStoreSettings = z.output<typeof UpdateStoreSettings>;

export interface StoreSettingsResource {
  /** The store's id. */
  id: string;
  type: 'store-settings';
  /** Who may create customers. */
  registration: 'open' | 'client_credentials';
  /** Whether customers must give their password to change it or their email, or to delete themselves. */
  require_current_password: boolean;
  /** Records on a page that is asked for without a limit. */
  page_length: number;
  /** Addresses that one customer may have. */
  address_limit: number;
}

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
