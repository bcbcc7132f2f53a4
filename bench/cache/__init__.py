"""How often the cache by meaning is right: `python -m bench.cache`."""
