"""How long what is kept: by class, unless somebody holds it."""
