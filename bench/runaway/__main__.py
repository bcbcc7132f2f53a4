"""`python -m bench.runaway`."""

import sys

from bench.runaway.run import main

sys.exit(main(sys.argv[1:]))
