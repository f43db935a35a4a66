import {
  Body,
  Controller,
  Delete,
  Get,
  Headers,
  HttpCode,
  Inject,
  Param,
  Post,
  Put,
  Query,
  Req,
  Res,
} from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Requires } from '../access/permissions.js';
import { StoreSettingsReader } from '../access/store-settings.js';
import { SERVICE_CONFIG, type ServiceConfig } from '../config/config.js';
import { Operation } from '../http/operation.js';
import { rawQueryOf } from '../http/query-string.js';
import { documentOf, type Document, type ListDocument, listOf, many, one } from '../jsonapi/document.js';
import { Attributes } from '../jsonapi/attributes.js';
import { keptParameters, readListQuery } from '../jsonapi/list-query.js';
import { type RawQuery, readIncludes, refuseFilterAndSort } from '../jsonapi/page.js';
import { type RequestScope, Scope } from '../scope/request-scope.js';
import { OrderAnonymizationService } from './order-anonymization.service.js';
import { orderAttributes } from './order-attributes.contract.js';
import { AnonymizeOrders, CreateOrder, UpdateOrder } from './order-bodies.contract.js';
import { OrderItemResource, toOrderItemResource } from './order-items.contract.js';
import { OrderUpdatesService } from './order-updates.service.js';
import { entityTag } from './order-version.js';
import {
  IncludedOrderItems,
  IncludedWithOrders,
  OrderResource,
  type OrderWithItems,
  toIncluded,
  toIncludedItems,
  toOrderResource,
} from './orders.contract.js';
import { orderListRules, orderRules } from './orders.query.js';
import { type OrderIncludes, OrdersService } from './orders.service.js';

/** An order of very many items with all their prices, which no other resource comes near. */
const ORDER_BODY_LIMIT_BYTES = 1_048_576;

const WrittenOrder = documentOf(OrderResource).extend(IncludedOrderItems.shape);
type WrittenOrder = z.output<typeof WrittenOrder>;

const IncludeQuery = z.object({
  include: z.string().optional().describe('A comma list of `items` and `customer`; other names are ignored.'),
});

@Controller('v2/orders')
export class OrdersController {
  constructor(
    @Inject(SERVICE_CONFIG) private readonly config: ServiceConfig,
    private readonly orders: OrdersService,
    private readonly updates: OrderUpdatesService,
    private readonly anonymization: OrderAnonymizationService,
    private readonly settings: StoreSettingsReader,
  ) {}

  @Operation({
    id: 'createOrder',
    summary: 'Mirror an order',
    answer: WrittenOrder,
    headers: ['ETag'],
    refusals: ['id_taken'],
  })
  @Post()
  @Requires('orders:write')
  @RouteConfig({ bodyLimitBytes: ORDER_BODY_LIMIT_BYTES })
  async create(
    @Scope() scope: RequestScope,
    @Body({ schema: CreateOrder }) body: CreateOrder,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<WrittenOrder> {
    return written(reply, await this.orders.create(scope, body));
  }

  @Operation({
    id: 'listOrders',
    summary: 'List orders',
    description: 'Under a customer token the list has the orders of that customer.',
    list: orderListRules,
    query: IncludeQuery,
    answer: listOf(OrderResource).extend(IncludedWithOrders.shape),
  })
  @Get()
  @Requires('orders:read')
  async list(
    @Scope() scope: RequestScope,
    @Query() query: RawQuery,
    @Req() request: FastifyRequest,
  ): Promise<ListDocument<OrderResource> & IncludedWithOrders> {
    const { pageLength } = await this.settings.of(scope.storeId);
    const asked = readListQuery(query, orderRules(scope), pageLength);
    const includes = orderIncludes(query, request);
    const { rows, total, customers } = await this.orders.list(scope, asked, includes);
    const resources = rows.map(({ order, itemIds }) => toOrderResource(order, itemIds));
    const kept = keptParameters(rawQueryOf(request.url), ['include']);
    const answer = many(resources, total, asked.page, `${this.config.publicUrl}/v2/orders`, kept);
    return { ...answer, ...toIncluded(includes, rows, customers) };
  }

  @Operation({
    id: 'anonymizeOrders',
    summary: 'Overwrite what orders tell of people',
    answer: z.strictObject({ data: z.array(OrderResource) }),
    refusals: ['anonymization_refused'],
  })
  @Post('anonymize')
  @Requires('orders:write')
  @HttpCode(200)
  async anonymize(
    @Scope() scope: RequestScope,
    @Body({ schema: AnonymizeOrders }) { data }: AnonymizeOrders,
  ): Promise<{ data: OrderResource[] }> {
    const anonymized = await this.anonymization.anonymize(scope, data.order_ids);
    return { data: anonymized.map(({ order, itemIds }) => toOrderResource(order, itemIds)) };
  }

  @Operation({ id: 'getOrderAttributes', summary: 'The members of an order', answer: Attributes })
  @Get('attributes')
  @Requires('orders:read')
  attributes(): Attributes {
    return orderAttributes;
  }

  @Operation({
    id: 'getOrder',
    summary: 'Read an order',
    query: IncludeQuery,
    answer: documentOf(OrderResource).extend(IncludedWithOrders.shape),
    headers: ['ETag'],
    refusals: ['order_not_found'],
  })
  @Get(':orderId')
  @Requires('orders:read')
  async get(
    @Scope() scope: RequestScope,
    @Param('orderId') id: string,
    @Query() query: RawQuery,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Document<OrderResource> & IncludedWithOrders> {
    const includes = orderIncludes(query, request);
    const found = await this.orders.get(scope, id, includes);
    reply.header('etag', entityTag(found.order.version));
    return {
      ...one(toOrderResource(found.order, found.items)),
      ...toIncluded(includes, [found], found.customers),
    };
  }

  @Operation({
    id: 'updateOrder',
    summary: 'Change an order',
    description: 'With `If-Match` only the version that it names.',
    answer: WrittenOrder,
    headers: ['ETag'],
    refusals: ['order_not_found', 'id_taken', 'precondition_failed'],
    precondition: true,
  })
  @Put(':orderId')
  @Requires('orders:write')
  @RouteConfig({ bodyLimitBytes: ORDER_BODY_LIMIT_BYTES })
  async update(
    @Scope() scope: RequestScope,
    @Param('orderId') id: string,
    @Headers('if-match') ifMatch: string | undefined,
    @Body({ schema: UpdateOrder }) body: UpdateOrder,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<WrittenOrder> {
    return written(reply, await this.updates.update(scope, { id, ifMatch }, body));
  }

  /** All items of the order; there are never so many that they would need pages. */
  @Operation({
    id: 'listOrderItems',
    summary: 'The items of an order',
    answer: z.strictObject({ data: z.array(OrderItemResource) }),
    refusals: ['order_not_found', 'filter_unsupported', 'sort_unsupported'],
  })
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

  @Operation({
    id: 'deleteOrder',
    summary: 'Delete an order',
    refusals: ['order_not_found', 'precondition_failed'],
    precondition: true,
  })
  @Delete(':orderId')
  @Requires('orders:write')
  @HttpCode(204)
  async remove(
    @Scope() scope: RequestScope,
    @Param('orderId') id: string,
    @Headers('if-match') ifMatch: string | undefined,
  ): Promise<void> {
    await this.updates.remove(scope, { id, ifMatch });
  }
}

function written(reply: FastifyReply, stored: OrderWithItems): WrittenOrder {
  reply.header('etag', entityTag(stored.order.version));
  return { ...one(toOrderResource(stored.order, stored.items)), ...toIncludedItems([stored]) };
}

/** Customers are not shown to a key that may not read them otherwise: to it, `customer` is a name that is not supported. */
function orderIncludes(query: RawQuery, { access }: FastifyRequest): OrderIncludes {
  const names = readIncludes(query);
  const mayReadCustomers = access?.key.permissions.includes('customers:read') ?? false;
  return { items: names.has('items'), customer: names.has('customer') && mayReadCustomers };
}
