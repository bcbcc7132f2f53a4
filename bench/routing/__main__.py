"""`python -m bench.routing`."""

import sys

from bench.routing.run import main

sys.exit(main(sys.argv[1:]))
