-- AlterTable
-- Instances of before this migration go on writing during a deployment. What they write has null here, and a search looks at all
-- such rows.
ALTER TABLE "orders" ADD COLUMN "customer_email_domain" VARCHAR(254),
ADD COLUMN "contact_email_domain" VARCHAR(254);

-- The orders that are there already.
UPDATE "orders"
   SET "customer_email_domain" = COALESCE(substring("customer_email" FROM '@([^@]*)$'), ''),
       "contact_email_domain" = COALESCE(substring("contact_email" FROM '@([^@]*)$'), '');

-- CreateIndex
CREATE INDEX "orders_email_domain_idx" ON "orders"("store_id", "customer_email_domain", "id");

-- CreateIndex
CREATE INDEX "orders_contact_email_domain_idx" ON "orders"("store_id", "contact_email_domain", "id");
