-- CreateTable
CREATE TABLE "addresses" (
    "store_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "customer_id" UUID NOT NULL,
    "name" VARCHAR(255) NOT NULL,
    "first_name" VARCHAR(255) NOT NULL,
    "last_name" VARCHAR(255) NOT NULL,
    "company_name" VARCHAR(255) NOT NULL,
    "phone_number" VARCHAR(255) NOT NULL,
    "line_1" VARCHAR(255) NOT NULL,
    "line_2" VARCHAR(255) NOT NULL,
    "city" VARCHAR(255) NOT NULL,
    "county" VARCHAR(255) NOT NULL,
    "region" VARCHAR(255) NOT NULL,
    "postcode" VARCHAR(255) NOT NULL,
    "country" VARCHAR(255) NOT NULL,
    "instructions" VARCHAR(2048) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "addresses_pkey" PRIMARY KEY ("store_id","id")
);

-- CreateIndex
CREATE INDEX "addresses_customer_idx" ON "addresses"("store_id", "customer_id", "created_at", "id");

-- AddForeignKey
ALTER TABLE "addresses" ADD CONSTRAINT "addresses_customer_fkey" FOREIGN KEY ("store_id", "customer_id") REFERENCES "customers"("store_id", "id") ON DELETE CASCADE ON UPDATE RESTRICT;
