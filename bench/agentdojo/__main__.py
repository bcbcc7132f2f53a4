"""`python -m bench.agentdojo`."""

import sys

from bench.agentdojo.run import main

sys.exit(main())
