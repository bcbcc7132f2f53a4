"""`python -m bench.query`."""

import sys

from bench.query.run import main

sys.exit(main())
