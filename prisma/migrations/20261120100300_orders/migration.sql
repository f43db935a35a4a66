-- CreateEnum
CREATE TYPE "order_status" AS ENUM ('incomplete', 'processing', 'complete', 'cancelled');

-- CreateEnum
CREATE TYPE "order_payment" AS ENUM ('unpaid', 'authorized', 'partially_authorized', 'partially_paid', 'paid', 'refunded');

-- CreateEnum
CREATE TYPE "order_shipping" AS ENUM ('unfulfilled', 'fulfilled');

-- CreateTable
CREATE TABLE "orders" (
    "store_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "customer_id" UUID,
    "customer_name" VARCHAR(255) NOT NULL,
    "customer_email" VARCHAR(254) NOT NULL,
    "account_id" VARCHAR(255),
    "account_member_id" VARCHAR(255),
    "contact_name" VARCHAR(255),
    "contact_email" VARCHAR(254),
    "order_number" VARCHAR(255),
    "external_ref" VARCHAR(2048),
    "status" "order_status" NOT NULL,
    "payment" "order_payment" NOT NULL,
    "shipping" "order_shipping" NOT NULL,
    "anonymized" BOOLEAN NOT NULL,
    "currency" VARCHAR(3) NOT NULL,
    "with_tax" BIGINT NOT NULL,
    "without_tax" BIGINT NOT NULL,
    "given_prices" JSONB NOT NULL,
    "computed_prices" JSONB NOT NULL,
    "shipping_address" JSONB NOT NULL,
    "billing_address" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "orders_pkey" PRIMARY KEY ("store_id","id")
);

-- CreateTable
CREATE TABLE "order_items" (
    "store_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "order_id" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "product_id" VARCHAR(255) NOT NULL,
    "sku" VARCHAR(255) NOT NULL,
    "name" VARCHAR(255) NOT NULL,
    "location" VARCHAR(255),
    "quantity" INTEGER NOT NULL,
    "unit_price_amount" BIGINT NOT NULL,
    "unit_price_includes_tax" BOOLEAN NOT NULL,
    "value_amount" BIGINT NOT NULL,
    "value_includes_tax" BOOLEAN NOT NULL,
    "given_prices" JSONB NOT NULL,
    "computed_prices" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "order_items_pkey" PRIMARY KEY ("store_id","id")
);

-- CreateIndex
CREATE INDEX "orders_updated_at_idx" ON "orders"("store_id", "updated_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "orders_customer_idx" ON "orders"("store_id", "customer_id", "updated_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "order_items_order_idx" ON "order_items"("store_id", "order_id", "position");

-- AddForeignKey
ALTER TABLE "orders" ADD CONSTRAINT "orders_store_fkey" FOREIGN KEY ("store_id") REFERENCES "stores"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "orders" ADD CONSTRAINT "orders_customer_fkey" FOREIGN KEY ("store_id", "customer_id") REFERENCES "customers"("store_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "order_items" ADD CONSTRAINT "order_items_order_fkey" FOREIGN KEY ("store_id", "order_id") REFERENCES "orders"("store_id", "id") ON DELETE CASCADE ON UPDATE RESTRICT;
