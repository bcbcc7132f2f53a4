"""What the tests of the whole share: the checkout's root on the path, so that `scripts` can be imported."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent))
