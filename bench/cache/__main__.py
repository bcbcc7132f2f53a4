"""`python -m bench.cache`."""

import sys

from bench.cache.run import main

sys.exit(main(sys.argv[1:]))
