"""`python -m bench.content`."""

import sys

from bench.content.run import main

sys.exit(main())
