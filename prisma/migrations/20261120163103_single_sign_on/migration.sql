-- CreateEnum
CREATE TYPE "duplicate_email_policy" AS ENUM ('allowed', 'api_only');

-- CreateEnum
CREATE TYPE "unproven_email" AS ENUM ('refuse', 'reset');

-- CreateEnum
CREATE TYPE "email_trust" AS ENUM ('claim', 'always', 'never');

-- AlterTable
ALTER TABLE "authentication_realms" ADD COLUMN     "duplicate_email_policy" "duplicate_email_policy" NOT NULL DEFAULT 'allowed',
ADD COLUMN     "redirect_uris" VARCHAR(2048)[] DEFAULT ARRAY[]::VARCHAR(2048)[],
ADD COLUMN     "unproven_email" "unproven_email" NOT NULL DEFAULT 'refuse';

-- AlterTable
ALTER TABLE "customer_tokens" ADD COLUMN     "identity_id" UUID;

-- CreateTable
CREATE TABLE "oidc_profiles" (
    "store_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "realm_id" UUID NOT NULL,
    "name" VARCHAR(255) NOT NULL,
    "discovery_url" VARCHAR(2048) NOT NULL,
    "issuer" VARCHAR(1024) NOT NULL,
    "client_id" VARCHAR(255) NOT NULL,
    "sealed_client_secret" BYTEA NOT NULL,
    "email_trust" "email_trust" NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "oidc_profiles_pkey" PRIMARY KEY ("store_id","id")
);

-- CreateTable
CREATE TABLE "authentication_users" (
    "store_id" UUID NOT NULL,
    "realm_id" UUID NOT NULL,
    "customer_id" UUID NOT NULL,
    "given_name" VARCHAR(255),
    "family_name" VARCHAR(255),
    "middle_name" VARCHAR(255),
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "authentication_users_pkey" PRIMARY KEY ("store_id","realm_id","customer_id")
);

-- CreateTable
CREATE TABLE "identities" (
    "store_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "realm_id" UUID NOT NULL,
    "customer_id" UUID NOT NULL,
    "profile_id" UUID NOT NULL,
    "issuer" VARCHAR(1024) NOT NULL,
    "subject" VARCHAR(255) NOT NULL,
    "proven_email" VARCHAR(254),
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "identities_pkey" PRIMARY KEY ("store_id","id")
);

-- CreateTable
CREATE TABLE "sso_flows" (
    "store_id" UUID NOT NULL,
    "state_hash" BYTEA NOT NULL,
    "realm_id" UUID NOT NULL,
    "profile_id" UUID NOT NULL,
    "browser_hash" BYTEA NOT NULL,
    "sealed_secrets" BYTEA NOT NULL,
    "redirect_uri" VARCHAR(2048) NOT NULL,
    "storefront_state" TEXT NOT NULL,
    "code_challenge" VARCHAR(43) NOT NULL,
    "report_callback_replay" BOOLEAN NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),

    CONSTRAINT "sso_flows_pkey" PRIMARY KEY ("store_id","state_hash")
);

-- CreateTable
CREATE TABLE "authorization_codes" (
    "store_id" UUID NOT NULL,
    "code_hash" BYTEA NOT NULL,
    "identity_id" UUID NOT NULL,
    "redirect_uri" VARCHAR(2048) NOT NULL,
    "code_challenge" VARCHAR(43) NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL,
    "expires_at" TIMESTAMPTZ(6) NOT NULL,
    "used_at" TIMESTAMPTZ(6),
    "token_id" UUID,
    "answered_at" TIMESTAMPTZ(6),

    CONSTRAINT "authorization_codes_pkey" PRIMARY KEY ("store_id","code_hash")
);

-- CreateIndex
CREATE INDEX "oidc_profiles_realm_idx" ON "oidc_profiles"("store_id", "realm_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "authentication_users_customer_idx" ON "authentication_users"("store_id", "customer_id");

-- CreateIndex
CREATE INDEX "authentication_users_created_at_idx" ON "authentication_users"("store_id", "realm_id", "created_at" DESC, "customer_id" DESC);

-- CreateIndex
CREATE INDEX "identities_user_idx" ON "identities"("store_id", "realm_id", "customer_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "identities_profile_idx" ON "identities"("store_id", "profile_id");

-- CreateIndex
CREATE UNIQUE INDEX "identities_subject_key" ON "identities"("store_id", "realm_id", "issuer", "subject");

-- CreateIndex
CREATE INDEX "sso_flows_profile_idx" ON "sso_flows"("store_id", "profile_id", "expires_at");

-- CreateIndex
CREATE INDEX "sso_flows_expires_at_idx" ON "sso_flows"("expires_at");

-- CreateIndex
CREATE INDEX "authorization_codes_identity_idx" ON "authorization_codes"("store_id", "identity_id");

-- CreateIndex
CREATE INDEX "authorization_codes_expires_at_idx" ON "authorization_codes"("expires_at");

-- CreateIndex
CREATE INDEX "customer_tokens_identity_idx" ON "customer_tokens"("store_id", "identity_id");

-- AddForeignKey
ALTER TABLE "oidc_profiles" ADD CONSTRAINT "oidc_profiles_realm_fkey" FOREIGN KEY ("store_id", "realm_id") REFERENCES "authentication_realms"("store_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "authentication_users" ADD CONSTRAINT "authentication_users_realm_fkey" FOREIGN KEY ("store_id", "realm_id") REFERENCES "authentication_realms"("store_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "authentication_users" ADD CONSTRAINT "authentication_users_customer_fkey" FOREIGN KEY ("store_id", "customer_id") REFERENCES "customers"("store_id", "id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "identities" ADD CONSTRAINT "identities_user_fkey" FOREIGN KEY ("store_id", "realm_id", "customer_id") REFERENCES "authentication_users"("store_id", "realm_id", "customer_id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "identities" ADD CONSTRAINT "identities_profile_fkey" FOREIGN KEY ("store_id", "profile_id") REFERENCES "oidc_profiles"("store_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "sso_flows" ADD CONSTRAINT "sso_flows_profile_fkey" FOREIGN KEY ("store_id", "profile_id") REFERENCES "oidc_profiles"("store_id", "id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "authorization_codes" ADD CONSTRAINT "authorization_codes_identity_fkey" FOREIGN KEY ("store_id", "identity_id") REFERENCES "identities"("store_id", "id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "customer_tokens" ADD CONSTRAINT "customer_tokens_identity_fkey" FOREIGN KEY ("store_id", "identity_id") REFERENCES "identities"("store_id", "id") ON DELETE CASCADE ON UPDATE RESTRICT;
