-- AlterTable
-- Instances of before this migration leave it empty, and do not wait.
ALTER TABLE "authorization_codes" ADD COLUMN "late_use_at" TIMESTAMPTZ(6);
