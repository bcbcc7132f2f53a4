-- Spans that a span names beside its parent, and what it says of each.
ALTER TABLE {database}.spans
  ADD COLUMN IF NOT EXISTS links Array(String) CODEC(ZSTD(1)),
  ADD COLUMN IF NOT EXISTS linked String CODEC(ZSTD(1))
