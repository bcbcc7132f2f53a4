"""REST, one thin file a noun."""
