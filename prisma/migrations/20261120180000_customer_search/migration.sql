-- Made before the old one is dropped: customers are looked for by their email all the time.
-- CreateIndex
CREATE INDEX "customers_email_idx" ON "customers"("store_id", "email_canonical" text_pattern_ops, "id");

-- DropIndex
DROP INDEX "customers_email_canonical_idx";

-- CreateIndex
CREATE INDEX "customers_name_idx" ON "customers"("store_id", "name_folded" text_pattern_ops, "id");

-- CreateIndex
CREATE INDEX "customers_email_domain_idx" ON "customers"("store_id", "email_domain", "id");

-- CreateIndex
CREATE INDEX "customers_external_ref_idx" ON "customers" USING HASH ("external_ref");

-- CreateIndex
CREATE INDEX "customers_updated_at_idx" ON "customers"("store_id", "updated_at", "id");

-- CreateIndex
CREATE INDEX "authentication_users_updated_at_idx" ON "authentication_users"("store_id", "realm_id", "updated_at", "customer_id");
