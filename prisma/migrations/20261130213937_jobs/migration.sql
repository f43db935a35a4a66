-- DropIndex
DROP INDEX "sso_flows_expires_at_idx";

-- DropIndex
DROP INDEX "authorization_codes_expires_at_idx";

-- AlterTable
ALTER TABLE "application_key_secrets" ADD COLUMN     "declared" BOOLEAN NOT NULL DEFAULT false;

-- Which of those that are there an operator has declared, nobody knows: all are kept.
UPDATE "application_key_secrets" SET "declared" = true;

-- CreateTable
CREATE TABLE "leases" (
    "name" VARCHAR(64) NOT NULL,
    "holder" VARCHAR(255) NOT NULL,
    "expires_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "leases_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "jobs" (
    "name" VARCHAR(64) NOT NULL,
    "due_at" TIMESTAMPTZ(6) NOT NULL,
    "holder" VARCHAR(255),
    "began_at" TIMESTAMPTZ(6),
    "ended_at" TIMESTAMPTZ(6),
    "rows" INTEGER NOT NULL,
    "succeeded_at" TIMESTAMPTZ(6),
    "failure" VARCHAR(255),
    "failures" INTEGER NOT NULL,

    CONSTRAINT "jobs_pkey" PRIMARY KEY ("name")
);

-- CreateIndex
CREATE INDEX "sso_flows_expires_at_idx" ON "sso_flows"("store_id", "expires_at");

-- CreateIndex
CREATE INDEX "authorization_codes_expires_at_idx" ON "authorization_codes"("store_id", "expires_at");

-- CreateIndex
CREATE INDEX "application_key_secrets_retired_at_idx" ON "application_key_secrets"("store_id", "retired_at");

-- CreateIndex
CREATE INDEX "customer_tokens_expires_at_idx" ON "customer_tokens"("store_id", "expires_at");
