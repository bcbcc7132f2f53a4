"""How the stores came to their present shape."""
