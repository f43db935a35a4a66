-- CreateEnum
CREATE TYPE "authentication_mechanism" AS ENUM ('password', 'oidc');

-- CreateTable
CREATE TABLE "customers" (
    "store_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "name" VARCHAR(255) NOT NULL,
    "name_folded" TEXT NOT NULL,
    "email" VARCHAR(254) NOT NULL,
    "email_canonical" VARCHAR(254) NOT NULL,
    "email_domain" VARCHAR(253) NOT NULL,
    "login_email" VARCHAR(254),
    "email_verified" BOOLEAN NOT NULL,
    "external_ref" VARCHAR(2048),
    "authentication_mechanism" "authentication_mechanism" NOT NULL,
    "password_hash" VARCHAR(255),
    "custom_members" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "customers_pkey" PRIMARY KEY ("store_id","id")
);

-- CreateTable
CREATE TABLE "customer_tokens" (
    "store_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "customer_id" UUID NOT NULL,
    "mechanism" "authentication_mechanism" NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "customer_tokens_pkey" PRIMARY KEY ("store_id","id")
);

-- CreateIndex
CREATE INDEX "customers_created_at_idx" ON "customers"("store_id", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "customers_email_canonical_idx" ON "customers"("store_id", "email_canonical");

-- CreateIndex
CREATE UNIQUE INDEX "customers_login_email_key" ON "customers"("store_id", "login_email");

-- CreateIndex
CREATE INDEX "customer_tokens_customer_idx" ON "customer_tokens"("store_id", "customer_id");

-- AddForeignKey
ALTER TABLE "customers" ADD CONSTRAINT "customers_store_fkey" FOREIGN KEY ("store_id") REFERENCES "stores"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "customer_tokens" ADD CONSTRAINT "customer_tokens_customer_fkey" FOREIGN KEY ("store_id", "customer_id") REFERENCES "customers"("store_id", "id") ON DELETE CASCADE ON UPDATE RESTRICT;
