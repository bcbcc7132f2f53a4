"""`python -m bench.attribution`."""

import sys

from bench.attribution.run import main

sys.exit(main(sys.argv[1:]))
