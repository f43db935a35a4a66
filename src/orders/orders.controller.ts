import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { Requires } from '../access/permissions.js';
import { StoreSettingsReader } from '../access/store-settings.js';
import { SERVICE_CONFIG, type ServiceConfig } from '../config/config.js';
import { type Document, type ListDocument, many, one } from '../jsonapi/document.js';
import { type RawQuery, readIncludes, readPage, refuseFilterAndSort } from '../jsonapi/page.js';
import { type RequestScope, Scope } from '../scope/request-scope.js';
import { type OrderItemResource, toOrderItemResource } from './order-items.contract.js';
import {
  CreateOrder,
  type IncludedOrderItems,
  type OrderResource,
  toIncludedItems,
  toOrderResource,
} from './orders.contract.js';
import { OrdersService } from './orders.service.js';

/** An order of very many items with all their prices, which no other resource comes near. */
const ORDER_BODY_LIMIT_BYTES = 1_048_576;

@Controller('v2/orders')
export class OrdersController {
  constructor(
    @Inject(SERVICE_CONFIG) private readonly config: ServiceConfig,
    private readonly orders: OrdersService,
    private readonly settings: StoreSettingsReader,
  ) {}

  @Post()
  @Requires('orders:write')
  @RouteConfig({ bodyLimitBytes: ORDER_BODY_LIMIT_BYTES })
  async create(
    @Scope() scope: RequestScope,
    @Body({ schema: CreateOrder }) body: CreateOrder,
  ): Promise<Document<OrderResource> & IncludedOrderItems> {
    const created = await this.orders.create(scope, body);
    return { ...one(toOrderResource(created.order, created.items)), ...toIncludedItems([created]) };
  }

  @Get()
  @Requires('orders:read')
  async list(
    @Scope() scope: RequestScope,
    @Query() query: RawQuery,
  ): Promise<ListDocument<OrderResource> & Partial<IncludedOrderItems>> {
    refuseFilterAndSort(query);
    const { pageLength } = await this.settings.of(scope.storeId);
    const page = readPage(query, pageLength);
    const withItems = readIncludes(query).has('items');
    const { rows, total } = await this.orders.list(scope, page, withItems);
    const resources = rows.map(({ order, itemIds }) => toOrderResource(order, itemIds));
    const kept = withItems ? 'include=items' : '';
    const answer = many(resources, total, page, `${this.config.publicUrl}/v2/orders`, kept);
    return withItems ? { ...answer, ...toIncludedItems(rows) } : answer;
  }

  @Get(':orderId')
  @Requires('orders:read')
  async get(
    @Scope() scope: RequestScope,
    @Param('orderId') id: string,
    @Query() query: RawQuery,
  ): Promise<Document<OrderResource> & Partial<IncludedOrderItems>> {
    const found = await this.orders.get(scope, id);
    const answer = one(toOrderResource(found.order, found.items));
    return readIncludes(query).has('items') ? { ...answer, ...toIncludedItems([found]) } : answer;
  }

  /** All items of the order; there are never so many that they would need pages. */
  @Get(':orderId/items')
  @Requires('orders:read')
  async listItems(
    @Scope() scope: RequestScope,
    @Param('orderId') id: string,
    @Query() query: RawQuery,
  ): Promise<{ data: OrderItemResource[] }> {
    refuseFilterAndSort(query);
    const { order, items } = await this.orders.get(scope, id);
    return { data: items.map((item) => toOrderItemResource(item, order.currency)) };
  }

  @Delete(':orderId')
  @Requires('orders:write')
  @HttpCode(204)
  async remove(@Scope() scope: RequestScope, @Param('orderId') id: string): Promise<void> {
    await this.orders.remove(scope, id);
  }
}
