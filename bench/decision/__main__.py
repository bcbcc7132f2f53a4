"""`python -m bench.decision`."""

import sys

from bench.decision.run import main

sys.exit(main())
