DROP TABLE IF EXISTS {database}.spans_by_day
