-- AlterTable
-- Nullable and without a default: instances of before this migration insert whole rows, in which it is null.
ALTER TABLE "order_items" ADD COLUMN "relationships" JSONB;
