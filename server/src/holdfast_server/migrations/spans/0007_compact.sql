-- A block as it is stored, 12,000 spans and some 25 MB, is one file until it is merged: a file for each part of each
-- column, more than a hundred, took a tenth of what the server does for a span.
ALTER TABLE {database}.spans MODIFY SETTING min_bytes_for_wide_part = 67108864
