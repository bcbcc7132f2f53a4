-- Spans, one row each, written when they end. Time first, so that lists prune; a bloom filter finds a trace.
-- ReplacingMergeTree with the same key makes a repeated batch the same as one; reads take LIMIT 1 BY, never FINAL.
CREATE TABLE IF NOT EXISTS {database}.spans (
  trace_id String CODEC(ZSTD(1)),
  span_id String CODEC(ZSTD(1)),
  parent_id String CODEC(ZSTD(1)),
  start_ns UInt64 CODEC(Delta(8), ZSTD(1)),
  end_ns UInt64 CODEC(Delta(8), ZSTD(1)),
  name LowCardinality(String),
  step_kind LowCardinality(String),
  status LowCardinality(String),
  status_message String CODEC(ZSTD(1)),
  run String CODEC(ZSTD(1)),
  session String CODEC(ZSTD(1)),
  agent LowCardinality(String),
  agent_version LowCardinality(String),
  person String CODEC(ZSTD(1)),
  service LowCardinality(String),
  target LowCardinality(String),
  provider LowCardinality(String),
  model LowCardinality(String),
  tokens_in UInt64,
  tokens_out UInt64,
  usage Map(LowCardinality(String), UInt64),
  cost_micro_usd Nullable(Int64),
  billed Bool,
  price String CODEC(ZSTD(1)),
  input String CODEC(ZSTD(3)),
  output String CODEC(ZSTD(3)),
  attributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
  resource Map(LowCardinality(String), String) CODEC(ZSTD(1)),
  scope LowCardinality(String),
  events String CODEC(ZSTD(1)),
  version UInt64,
  INDEX ix_trace trace_id TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX ix_span span_id TYPE bloom_filter(0.01) GRANULARITY 1
) ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(fromUnixTimestamp64Nano(toInt64(start_ns)))
PRIMARY KEY (intDiv(start_ns, 60000000000), xxHash32(trace_id))
ORDER BY (intDiv(start_ns, 60000000000), xxHash32(trace_id), trace_id, span_id)
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 1000, old_parts_lifetime = 60
