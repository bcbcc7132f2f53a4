-- What attributes and resources say: a value that is nowhere in a thousand spans is not looked for in them.
ALTER TABLE {database}.spans
  ADD INDEX IF NOT EXISTS ix_attribute_names mapKeys(attributes) TYPE bloom_filter(0.01) GRANULARITY 1,
  ADD INDEX IF NOT EXISTS ix_attributes mapValues(attributes) TYPE bloom_filter(0.01) GRANULARITY 1,
  ADD INDEX IF NOT EXISTS ix_resource mapValues(resource) TYPE bloom_filter(0.01) GRANULARITY 1
