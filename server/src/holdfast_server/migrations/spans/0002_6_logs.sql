-- What programs said, inside of spans and outside; content of model calls joins its span as events, too.
CREATE TABLE IF NOT EXISTS {database}.logs (
  trace_id String CODEC(ZSTD(1)),
  span_id String CODEC(ZSTD(1)),
  at_ns UInt64 CODEC(Delta(8), ZSTD(1)),
  name LowCardinality(String),
  severity LowCardinality(String),
  body String CODEC(ZSTD(1)),
  attributes Map(String, String) CODEC(ZSTD(1)),
  resource Map(String, String) CODEC(ZSTD(1)),
  scope LowCardinality(String),
  INDEX ix_trace trace_id TYPE bloom_filter(0.01) GRANULARITY 1
) ENGINE = MergeTree
PARTITION BY if(at_ns < 1577836800000000000, 19700101, toYYYYMMDD(fromUnixTimestamp64Nano(toInt64(at_ns)), 'UTC'))
ORDER BY (intDiv(at_ns, 60000000000), xxHash32(trace_id), trace_id, span_id, at_ns)
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 1000, old_parts_lifetime = 60
