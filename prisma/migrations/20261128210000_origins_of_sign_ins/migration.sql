-- AlterTable
-- Instances of before this migration leave it empty: their sign-ins count for the profile, and for no address.
ALTER TABLE "sso_flows" ADD COLUMN "address_hash" BYTEA;
