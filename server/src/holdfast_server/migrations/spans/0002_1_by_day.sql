-- Spans by the day they began, so that retention drops whole partitions. What began before 2020 has a wrong clock,
-- and is one partition: days without end would make parts without end.
CREATE TABLE IF NOT EXISTS {database}.spans_by_day AS {database}.spans
ENGINE = ReplacingMergeTree(version)
PARTITION BY if(start_ns < 1577836800000000000, 19700101, toYYYYMMDD(fromUnixTimestamp64Nano(toInt64(start_ns)), 'UTC'))
PRIMARY KEY (intDiv(start_ns, 60000000000), xxHash32(trace_id))
ORDER BY (intDiv(start_ns, 60000000000), xxHash32(trace_id), trace_id, span_id)
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 1000, old_parts_lifetime = 60
