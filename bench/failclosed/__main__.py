"""`python -m bench.failclosed`."""

import sys

from bench.failclosed.run import main

sys.exit(main())
