-- CreateTable
CREATE TABLE "stores" (
    "id" UUID NOT NULL,
    "handle" VARCHAR(64) NOT NULL,
    "registration" TEXT NOT NULL,
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
    "redirect_uris" VARCHAR(2048)[] DEFAULT ARRAY[]::VARCHAR(2048)[],
    "duplicate_email_policy" TEXT NOT NULL DEFAULT 'allowed',
    "unproven_email" TEXT NOT NULL DEFAULT 'refuse',
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "authentication_realms_pkey" PRIMARY KEY ("store_id","id")
);

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
    "email_trust" TEXT NOT NULL,
    "id_token_max_lifetime" INTEGER,
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
    "address_hash" BYTEA,
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

    CONSTRAINT "authorization_codes_pkey" PRIMARY KEY ("store_id","code_hash")
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
    "declared" BOOLEAN NOT NULL DEFAULT false,

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
    "purpose" TEXT NOT NULL,
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
    "authentication_mechanism" TEXT NOT NULL,
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
    "mechanism" TEXT NOT NULL,
    "identity_id" UUID,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "customer_tokens_pkey" PRIMARY KEY ("store_id","id")
);

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

-- CreateTable
CREATE TABLE "orders" (
    "store_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "customer_id" UUID,
    "customer_name" VARCHAR(255) NOT NULL,
    "customer_email" VARCHAR(254) NOT NULL,
    "customer_email_domain" VARCHAR(254),
    "contact_email_domain" VARCHAR(254),
    "account_id" VARCHAR(255),
    "account_member_id" VARCHAR(255),
    "contact_name" VARCHAR(255),
    "contact_email" VARCHAR(254),
    "order_number" VARCHAR(255),
    "external_ref" VARCHAR(2048),
    "external_ref_start" VARCHAR(255),
    "status" TEXT NOT NULL,
    "payment" TEXT NOT NULL,
    "shipping" TEXT NOT NULL,
    "anonymized" BOOLEAN NOT NULL,
    "currency" VARCHAR(3) NOT NULL,
    "with_tax" BIGINT NOT NULL,
    "without_tax" BIGINT NOT NULL,
    "given_prices" JSONB NOT NULL,
    "computed_prices" JSONB NOT NULL,
    "shipping_address" JSONB NOT NULL,
    "billing_address" JSONB NOT NULL,
    "shipping_postcode" VARCHAR(255) NOT NULL DEFAULT '',
    "billing_postcode" VARCHAR(255) NOT NULL DEFAULT '',
    "shipping_name" VARCHAR(511) NOT NULL DEFAULT '',
    "billing_name" VARCHAR(511) NOT NULL DEFAULT '',
    "version" BIGINT NOT NULL DEFAULT 1,
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
    "relationships" JSONB,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "order_items_pkey" PRIMARY KEY ("store_id","id")
);

-- CreateTable
CREATE TABLE "events" (
    "store_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "position" BIGINT,
    "type" VARCHAR(64) NOT NULL,
    "version" INTEGER NOT NULL,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "actor_type" TEXT NOT NULL,
    "actor_id" UUID,
    "subject_type" VARCHAR(32) NOT NULL,
    "subject_id" UUID,
    "request_id" VARCHAR(64),
    "outcome" TEXT NOT NULL,
    "reason" VARCHAR(64),
    "occurrences" INTEGER NOT NULL,
    "data" JSONB NOT NULL,
    "personal" JSONB,
    "personal_hash" BYTEA NOT NULL,

    CONSTRAINT "events_pkey" PRIMARY KEY ("store_id","id")
);

-- CreateTable
CREATE TABLE "event_positions" (
    "store_id" UUID NOT NULL,
    "last" BIGINT NOT NULL,

    CONSTRAINT "event_positions_pkey" PRIMARY KEY ("store_id")
);

-- CreateTable
CREATE TABLE "refusal_counts" (
    "store_id" UUID NOT NULL,
    "minute" TIMESTAMPTZ(3) NOT NULL,
    "type" VARCHAR(64) NOT NULL,
    "reason" VARCHAR(64) NOT NULL,
    "account_id" VARCHAR(36) NOT NULL,
    "client_address" VARCHAR(64) NOT NULL,
    "occurrences" INTEGER NOT NULL,

    CONSTRAINT "refusal_counts_pkey" PRIMARY KEY ("store_id","minute","type","reason","account_id","client_address")
);

-- CreateIndex
CREATE UNIQUE INDEX "stores_handle_key" ON "stores"("handle");

-- CreateIndex
CREATE UNIQUE INDEX "authentication_realms_name_key" ON "authentication_realms"("store_id", "name");

-- CreateIndex
CREATE INDEX "oidc_profiles_realm_idx" ON "oidc_profiles"("store_id", "realm_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "authentication_users_customer_idx" ON "authentication_users"("store_id", "customer_id");

-- CreateIndex
CREATE INDEX "authentication_users_created_at_idx" ON "authentication_users"("store_id", "realm_id", "created_at" DESC, "customer_id" DESC);

-- CreateIndex
CREATE INDEX "authentication_users_updated_at_idx" ON "authentication_users"("store_id", "realm_id", "updated_at", "customer_id");

-- CreateIndex
CREATE INDEX "identities_user_idx" ON "identities"("store_id", "realm_id", "customer_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "identities_profile_idx" ON "identities"("store_id", "profile_id");

-- CreateIndex
CREATE UNIQUE INDEX "identities_subject_key" ON "identities"("store_id", "realm_id", "issuer", "subject");

-- CreateIndex
CREATE INDEX "sso_flows_profile_idx" ON "sso_flows"("store_id", "profile_id", "expires_at");

-- CreateIndex
CREATE INDEX "sso_flows_expires_at_idx" ON "sso_flows"("store_id", "expires_at");

-- CreateIndex
CREATE INDEX "authorization_codes_identity_idx" ON "authorization_codes"("store_id", "identity_id");

-- CreateIndex
CREATE INDEX "authorization_codes_expires_at_idx" ON "authorization_codes"("store_id", "expires_at");

-- CreateIndex
CREATE INDEX "application_key_secrets_retired_at_idx" ON "application_key_secrets"("store_id", "retired_at");

-- CreateIndex
CREATE UNIQUE INDEX "application_key_secrets_hash_key" ON "application_key_secrets"("store_id", "key_id", "secret_hash");

-- CreateIndex
CREATE INDEX "client_ids_key_idx" ON "client_ids"("store_id", "key_id");

-- CreateIndex
CREATE UNIQUE INDEX "signing_keys_sequence_key" ON "signing_keys"("purpose", "alg", "sequence");

-- CreateIndex
CREATE INDEX "customers_created_at_idx" ON "customers"("store_id", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "customers_updated_at_idx" ON "customers"("store_id", "updated_at", "id");

-- CreateIndex
CREATE INDEX "customers_name_idx" ON "customers"("store_id", "name_folded" text_pattern_ops, "id");

-- CreateIndex
CREATE INDEX "customers_email_idx" ON "customers"("store_id", "email_canonical" text_pattern_ops, "id");

-- CreateIndex
CREATE INDEX "customers_email_domain_idx" ON "customers"("store_id", "email_domain", "id");

-- CreateIndex
CREATE INDEX "customers_external_ref_idx" ON "customers" USING HASH ("external_ref");

-- CreateIndex
CREATE UNIQUE INDEX "customers_login_email_key" ON "customers"("store_id", "login_email");

-- CreateIndex
CREATE INDEX "customer_tokens_customer_idx" ON "customer_tokens"("store_id", "customer_id");

-- CreateIndex
CREATE INDEX "customer_tokens_identity_idx" ON "customer_tokens"("store_id", "identity_id");

-- CreateIndex
CREATE INDEX "customer_tokens_expires_at_idx" ON "customer_tokens"("store_id", "expires_at");

-- CreateIndex
CREATE INDEX "addresses_customer_idx" ON "addresses"("store_id", "customer_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "orders_updated_at_idx" ON "orders"("store_id", "updated_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "orders_customer_idx" ON "orders"("store_id", "customer_id", "updated_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "orders_created_at_idx" ON "orders"("store_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "orders_with_tax_idx" ON "orders"("store_id", "with_tax", "id");

-- CreateIndex
CREATE INDEX "orders_currency_idx" ON "orders"("store_id", "currency", "id");

-- CreateIndex
CREATE INDEX "orders_name_idx" ON "orders"("store_id", "customer_name" text_pattern_ops, "id");

-- CreateIndex
CREATE INDEX "orders_email_idx" ON "orders"("store_id", "customer_email" text_pattern_ops, "id");

-- CreateIndex
CREATE INDEX "orders_email_domain_idx" ON "orders"("store_id", "customer_email_domain", "id");

-- CreateIndex
CREATE INDEX "orders_account_idx" ON "orders"("store_id", "account_id" text_pattern_ops, "id");

-- CreateIndex
CREATE INDEX "orders_account_member_idx" ON "orders"("store_id", "account_member_id" text_pattern_ops, "id");

-- CreateIndex
CREATE INDEX "orders_contact_name_idx" ON "orders"("store_id", "contact_name" text_pattern_ops, "id");

-- CreateIndex
CREATE INDEX "orders_contact_email_idx" ON "orders"("store_id", "contact_email" text_pattern_ops, "id");

-- CreateIndex
CREATE INDEX "orders_contact_email_domain_idx" ON "orders"("store_id", "contact_email_domain", "id");

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
CREATE INDEX "order_items_order_idx" ON "order_items"("store_id", "order_id", "position");

-- CreateIndex
CREATE INDEX "order_items_product_idx" ON "order_items"("store_id", "product_id", "order_id");

-- CreateIndex
CREATE INDEX "order_items_sku_idx" ON "order_items"("store_id", "sku", "order_id");

-- CreateIndex
CREATE INDEX "events_occurred_at_idx" ON "events"("store_id", "occurred_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "events_position_key" ON "events"("store_id", "position");

-- The states of orders are sorted in the order in which an order goes through them, which Prisma cannot say. The word itself is in
-- the index too, so that orders can be counted without a look at their rows.
-- CreateIndex
CREATE INDEX "orders_status_idx" ON "orders"("store_id", array_position(ARRAY['incomplete', 'processing', 'complete', 'cancelled'], "status"), "id") INCLUDE ("status");

-- CreateIndex
CREATE INDEX "orders_payment_idx" ON "orders"("store_id", array_position(ARRAY['unpaid', 'authorized', 'partially_authorized', 'partially_paid', 'paid', 'refunded'], "payment"), "id") INCLUDE ("payment");

-- CreateIndex
CREATE INDEX "orders_shipping_idx" ON "orders"("store_id", array_position(ARRAY['unfulfilled', 'fulfilled'], "shipping"), "id") INCLUDE ("shipping");

-- AddForeignKey
ALTER TABLE "authentication_realms" ADD CONSTRAINT "authentication_realms_store_fkey" FOREIGN KEY ("store_id") REFERENCES "stores"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

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
ALTER TABLE "application_keys" ADD CONSTRAINT "application_keys_store_fkey" FOREIGN KEY ("store_id") REFERENCES "stores"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "application_key_secrets" ADD CONSTRAINT "application_key_secrets_key_fkey" FOREIGN KEY ("store_id", "key_id") REFERENCES "application_keys"("store_id", "id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "client_ids" ADD CONSTRAINT "client_ids_key_fkey" FOREIGN KEY ("store_id", "key_id") REFERENCES "application_keys"("store_id", "id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "customers" ADD CONSTRAINT "customers_store_fkey" FOREIGN KEY ("store_id") REFERENCES "stores"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "customer_tokens" ADD CONSTRAINT "customer_tokens_customer_fkey" FOREIGN KEY ("store_id", "customer_id") REFERENCES "customers"("store_id", "id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "customer_tokens" ADD CONSTRAINT "customer_tokens_identity_fkey" FOREIGN KEY ("store_id", "identity_id") REFERENCES "identities"("store_id", "id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "addresses" ADD CONSTRAINT "addresses_customer_fkey" FOREIGN KEY ("store_id", "customer_id") REFERENCES "customers"("store_id", "id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "orders" ADD CONSTRAINT "orders_store_fkey" FOREIGN KEY ("store_id") REFERENCES "stores"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "orders" ADD CONSTRAINT "orders_customer_fkey" FOREIGN KEY ("store_id", "customer_id") REFERENCES "customers"("store_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "order_items" ADD CONSTRAINT "order_items_order_fkey" FOREIGN KEY ("store_id", "order_id") REFERENCES "orders"("store_id", "id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "events" ADD CONSTRAINT "events_store_fkey" FOREIGN KEY ("store_id") REFERENCES "stores"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "event_positions" ADD CONSTRAINT "event_positions_store_fkey" FOREIGN KEY ("store_id") REFERENCES "stores"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "refusal_counts" ADD CONSTRAINT "refusal_counts_store_fkey" FOREIGN KEY ("store_id") REFERENCES "stores"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddCheck
ALTER TABLE "stores" ADD CONSTRAINT "stores_registration_check" CHECK ("registration" IN ('open', 'client_credentials'));

-- AddCheck
ALTER TABLE "authentication_realms" ADD CONSTRAINT "authentication_realms_duplicate_email_policy_check" CHECK ("duplicate_email_policy" IN ('allowed', 'api_only'));

-- AddCheck
ALTER TABLE "authentication_realms" ADD CONSTRAINT "authentication_realms_unproven_email_check" CHECK ("unproven_email" IN ('refuse', 'reset'));

-- AddCheck
ALTER TABLE "oidc_profiles" ADD CONSTRAINT "oidc_profiles_email_trust_check" CHECK ("email_trust" IN ('claim', 'always', 'never'));

-- AddCheck
ALTER TABLE "signing_keys" ADD CONSTRAINT "signing_keys_purpose_check" CHECK ("purpose" IN ('access', 'customer'));

-- AddCheck
ALTER TABLE "customers" ADD CONSTRAINT "customers_authentication_mechanism_check" CHECK ("authentication_mechanism" IN ('password', 'oidc'));

-- AddCheck
ALTER TABLE "customer_tokens" ADD CONSTRAINT "customer_tokens_mechanism_check" CHECK ("mechanism" IN ('password', 'oidc'));

-- AddCheck
ALTER TABLE "orders" ADD CONSTRAINT "orders_status_check" CHECK ("status" IN ('incomplete', 'processing', 'complete', 'cancelled'));

-- AddCheck
ALTER TABLE "orders" ADD CONSTRAINT "orders_payment_check" CHECK ("payment" IN ('unpaid', 'authorized', 'partially_authorized', 'partially_paid', 'paid', 'refunded'));

-- AddCheck
ALTER TABLE "orders" ADD CONSTRAINT "orders_shipping_check" CHECK ("shipping" IN ('unfulfilled', 'fulfilled'));

-- AddCheck
ALTER TABLE "events" ADD CONSTRAINT "events_actor_type_check" CHECK ("actor_type" IN ('application_key', 'customer', 'operator', 'system', 'browser', 'unknown'));

-- AddCheck
ALTER TABLE "events" ADD CONSTRAINT "events_outcome_check" CHECK ("outcome" IN ('succeeded', 'refused'));
