-- CreateEnum
CREATE TYPE "registration" AS ENUM ('open', 'client_credentials');

-- CreateEnum
CREATE TYPE "signing_key_purpose" AS ENUM ('access', 'customer');

-- CreateTable
CREATE TABLE "stores" (
    "id" UUID NOT NULL,
    "handle" VARCHAR(64) NOT NULL,
    "registration" "registration" NOT NULL,
    "require_current_password" BOOLEAN NOT NULL,
    "page_length" INTEGER NOT NULL,
    "address_limit" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "stores_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "authentication_realms" (
    "store_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "name" VARCHAR(255) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "authentication_realms_pkey" PRIMARY KEY ("store_id","id")
);

-- CreateTable
CREATE TABLE "application_keys" (
    "store_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "client_id" VARCHAR(64) NOT NULL,
    "name" VARCHAR(255) NOT NULL,
    "grants" VARCHAR(32)[],
    "permissions" VARCHAR(64)[],
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "application_keys_pkey" PRIMARY KEY ("store_id","id")
);

-- CreateTable
CREATE TABLE "application_key_secrets" (
    "store_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "key_id" UUID NOT NULL,
    "secret_hash" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "retired_at" TIMESTAMPTZ(3),

    CONSTRAINT "application_key_secrets_pkey" PRIMARY KEY ("store_id","id")
);

-- CreateTable
CREATE TABLE "client_ids" (
    "client_id" VARCHAR(64) NOT NULL,
    "store_id" UUID NOT NULL,
    "key_id" UUID NOT NULL,

    CONSTRAINT "client_ids_pkey" PRIMARY KEY ("client_id")
);

-- CreateTable
CREATE TABLE "signing_keys" (
    "kid" VARCHAR(64) NOT NULL,
    "purpose" "signing_key_purpose" NOT NULL,
    "alg" VARCHAR(16) NOT NULL,
    "sequence" INTEGER NOT NULL,
    "public_jwk" JSONB NOT NULL,
    "sealed_private_key" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "publish_at" TIMESTAMPTZ(3) NOT NULL,
    "sign_from" TIMESTAMPTZ(3) NOT NULL,
    "sign_until" TIMESTAMPTZ(3),
    "verify_until" TIMESTAMPTZ(3),

    CONSTRAINT "signing_keys_pkey" PRIMARY KEY ("kid")
);

-- CreateIndex
CREATE UNIQUE INDEX "stores_handle_key" ON "stores"("handle");

-- CreateIndex
CREATE UNIQUE INDEX "authentication_realms_name_key" ON "authentication_realms"("store_id", "name");

-- CreateIndex
CREATE UNIQUE INDEX "application_key_secrets_hash_key" ON "application_key_secrets"("store_id", "key_id", "secret_hash");

-- CreateIndex
CREATE INDEX "client_ids_key_idx" ON "client_ids"("store_id", "key_id");

-- CreateIndex
CREATE UNIQUE INDEX "signing_keys_sequence_key" ON "signing_keys"("purpose", "alg", "sequence");

-- AddForeignKey
ALTER TABLE "authentication_realms" ADD CONSTRAINT "authentication_realms_store_fkey" FOREIGN KEY ("store_id") REFERENCES "stores"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "application_keys" ADD CONSTRAINT "application_keys_store_fkey" FOREIGN KEY ("store_id") REFERENCES "stores"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "application_key_secrets" ADD CONSTRAINT "application_key_secrets_key_fkey" FOREIGN KEY ("store_id", "key_id") REFERENCES "application_keys"("store_id", "id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "client_ids" ADD CONSTRAINT "client_ids_key_fkey" FOREIGN KEY ("store_id", "key_id") REFERENCES "application_keys"("store_id", "id") ON DELETE CASCADE ON UPDATE RESTRICT;
