-- CreateTable
CREATE TABLE "events" (
    "store_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "position" BIGINT,
    "type" VARCHAR(64) NOT NULL,
    "version" INTEGER NOT NULL,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "actor_type" VARCHAR(32) NOT NULL,
    "actor_id" UUID,
    "subject_type" VARCHAR(32) NOT NULL,
    "subject_id" UUID,
    "request_id" VARCHAR(64),
    "outcome" VARCHAR(16) NOT NULL,
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
CREATE INDEX "events_occurred_at_idx" ON "events"("store_id", "occurred_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "events_position_key" ON "events"("store_id", "position");

-- AddForeignKey
ALTER TABLE "events" ADD CONSTRAINT "events_store_fkey" FOREIGN KEY ("store_id") REFERENCES "stores"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "event_positions" ADD CONSTRAINT "event_positions_store_fkey" FOREIGN KEY ("store_id") REFERENCES "stores"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "refusal_counts" ADD CONSTRAINT "refusal_counts_store_fkey" FOREIGN KEY ("store_id") REFERENCES "stores"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;
