INSERT INTO {database}.spans_by_day SELECT * FROM {database}.spans
