"""`python -m bench.budgets`."""

import sys

from bench.budgets.run import main

sys.exit(main())
