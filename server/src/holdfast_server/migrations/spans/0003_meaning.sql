-- What a span means beyond OTel's fields: by whom and for whom it was done, and what of it is counted.
ALTER TABLE {database}.spans
  ADD COLUMN IF NOT EXISTS operation LowCardinality(String),
  ADD COLUMN IF NOT EXISTS dialect LowCardinality(String),
  ADD COLUMN IF NOT EXISTS environment LowCardinality(String),
  ADD COLUMN IF NOT EXISTS team LowCardinality(String),
  ADD COLUMN IF NOT EXISTS workflow LowCardinality(String),
  ADD COLUMN IF NOT EXISTS customer String CODEC(ZSTD(1)),
  ADD COLUMN IF NOT EXISTS release LowCardinality(String),
  ADD COLUMN IF NOT EXISTS tags Array(LowCardinality(String)),
  ADD COLUMN IF NOT EXISTS response_id String CODEC(ZSTD(1)),
  ADD COLUMN IF NOT EXISTS call_id String CODEC(ZSTD(1)),
  ADD COLUMN IF NOT EXISTS calls Map(String, LowCardinality(String)) CODEC(ZSTD(1)),
  ADD COLUMN IF NOT EXISTS tool_calls UInt32,
  ADD COLUMN IF NOT EXISTS counted LowCardinality(String),
  ADD COLUMN IF NOT EXISTS same_as String CODEC(ZSTD(1)),
  ADD COLUMN IF NOT EXISTS reported_micro_usd Nullable(Int64),
  ADD COLUMN IF NOT EXISTS usage_note String CODEC(ZSTD(1)),
  ADD COLUMN IF NOT EXISTS not_understood Array(LowCardinality(String))
