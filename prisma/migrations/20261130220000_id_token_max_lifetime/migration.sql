-- AlterTable
-- Empty: an ID token may live as long as the provider likes.
ALTER TABLE "oidc_profiles" ADD COLUMN "id_token_max_lifetime" INTEGER;
