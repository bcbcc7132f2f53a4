"""`python -m bench.recorder`."""

import sys

from bench.recorder.run import main

sys.exit(main())
