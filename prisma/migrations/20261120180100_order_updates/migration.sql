-- AlterTable
-- Instances of before this migration go on writing during a deployment, so every column has a default.
ALTER TABLE "orders" ADD COLUMN "shipping_postcode" VARCHAR(255) NOT NULL DEFAULT '',
ADD COLUMN "billing_postcode" VARCHAR(255) NOT NULL DEFAULT '',
ADD COLUMN "shipping_name" VARCHAR(511) NOT NULL DEFAULT '',
ADD COLUMN "billing_name" VARCHAR(511) NOT NULL DEFAULT '',
ADD COLUMN "external_ref_start" VARCHAR(255),
ADD COLUMN "version" BIGINT NOT NULL DEFAULT 1;

-- The orders that are there already.
UPDATE "orders"
   SET "external_ref_start" = left("external_ref", 255),
       "shipping_postcode" = COALESCE("shipping_address" ->> 'postcode', ''),
       "billing_postcode" = COALESCE("billing_address" ->> 'postcode', ''),
       "shipping_name" = concat_ws(' ', NULLIF("shipping_address" ->> 'first_name', ''), NULLIF("shipping_address" ->> 'last_name', '')),
       "billing_name" = concat_ws(' ', NULLIF("billing_address" ->> 'first_name', ''), NULLIF("billing_address" ->> 'last_name', ''));

-- CreateIndex
CREATE INDEX "orders_created_at_idx" ON "orders"("store_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "orders_with_tax_idx" ON "orders"("store_id", "with_tax", "id");

-- CreateIndex
CREATE INDEX "orders_status_idx" ON "orders"("store_id", "status", "id");

-- CreateIndex
CREATE INDEX "orders_payment_idx" ON "orders"("store_id", "payment", "id");

-- CreateIndex
CREATE INDEX "orders_shipping_idx" ON "orders"("store_id", "shipping", "id");

-- CreateIndex
CREATE INDEX "orders_currency_idx" ON "orders"("store_id", "currency", "id");

-- CreateIndex
CREATE INDEX "orders_name_idx" ON "orders"("store_id", "customer_name" text_pattern_ops, "id");

-- CreateIndex
CREATE INDEX "orders_email_idx" ON "orders"("store_id", "customer_email" text_pattern_ops, "id");

-- CreateIndex
CREATE INDEX "orders_account_idx" ON "orders"("store_id", "account_id" text_pattern_ops, "id");

-- CreateIndex
CREATE INDEX "orders_account_member_idx" ON "orders"("store_id", "account_member_id" text_pattern_ops, "id");

-- CreateIndex
CREATE INDEX "orders_contact_name_idx" ON "orders"("store_id", "contact_name" text_pattern_ops, "id");

-- CreateIndex
CREATE INDEX "orders_contact_email_idx" ON "orders"("store_id", "contact_email" text_pattern_ops, "id");

-- CreateIndex
CREATE INDEX "orders_order_number_idx" ON "orders"("store_id", "order_number" text_pattern_ops, "id");

-- CreateIndex
CREATE INDEX "orders_external_ref_idx" ON "orders"("store_id", "external_ref_start" text_pattern_ops, "id");

-- CreateIndex
CREATE INDEX "orders_shipping_postcode_idx" ON "orders"("store_id", "shipping_postcode" text_pattern_ops, "id");

-- CreateIndex
CREATE INDEX "orders_billing_postcode_idx" ON "orders"("store_id", "billing_postcode" text_pattern_ops, "id");

-- CreateIndex
CREATE INDEX "orders_shipping_name_idx" ON "orders"("store_id", "shipping_name" text_pattern_ops, "id");

-- CreateIndex
CREATE INDEX "orders_billing_name_idx" ON "orders"("store_id", "billing_name" text_pattern_ops, "id");

-- CreateIndex
CREATE INDEX "order_items_product_idx" ON "order_items"("store_id", "product_id", "order_id");

-- CreateIndex
CREATE INDEX "order_items_sku_idx" ON "order_items"("store_id", "sku", "order_id");
