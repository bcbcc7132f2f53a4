-- A dictionary for the keys of each map took a third of the time of an insert (14 of 35 µs a span) and saved little.
ALTER TABLE {database}.spans_by_day
  MODIFY COLUMN attributes Map(String, String) CODEC(ZSTD(1)),
  MODIFY COLUMN resource Map(String, String) CODEC(ZSTD(1)),
  MODIFY COLUMN usage Map(String, UInt64),
  MODIFY COLUMN input String CODEC(ZSTD(1)),
  MODIFY COLUMN output String CODEC(ZSTD(1))
