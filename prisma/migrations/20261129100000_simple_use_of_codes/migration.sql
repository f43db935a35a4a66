-- AlterTable
ALTER TABLE "authorization_codes" DROP COLUMN "late_use_at", DROP COLUMN "answered_at";
