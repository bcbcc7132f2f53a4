-- Where each word stands in what went in, what came out and what a span is called: free text is found without reading
-- the texts. insight/search/clickhouse.py asks for this expression, letter for letter.
ALTER TABLE {database}.spans
  ADD INDEX IF NOT EXISTS ix_words lower(concat(input, '\0', output, '\0', name, '\0', target, '\0', status_message))
    TYPE text(tokenizer = splitByNonAlpha)
