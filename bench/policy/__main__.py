"""`python -m bench.policy`."""

import sys

from bench.policy.run import main

sys.exit(main())
