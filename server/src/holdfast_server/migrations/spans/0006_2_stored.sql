-- Of what is stored already too; the engine does it beside its other work.
ALTER TABLE {database}.spans
  MATERIALIZE INDEX ix_words, MATERIALIZE INDEX ix_attribute_names,
  MATERIALIZE INDEX ix_attributes, MATERIALIZE INDEX ix_resource
