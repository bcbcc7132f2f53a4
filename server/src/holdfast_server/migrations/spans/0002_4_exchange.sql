EXCHANGE TABLES {database}.spans AND {database}.spans_by_day
