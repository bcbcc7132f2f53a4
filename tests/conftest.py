"""What the tests of the whole share: the checkout on the path, and the browser or why there is none."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

os.environ.setdefault("HOLDFAST_GATEWAY__PORT", "-1")  # only tests of the gateway start one
ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT))  # so that `scripts` can be imported, whichever test runs first


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium; without one the test is skipped and counted."""
    names = (os.environ.get("HOLDFAST_CHROMIUM"), "chromium", "chromium-browser", "google-chrome")
    found = next((path for name in names if name and (path := shutil.which(name))), None)
    return found or pytest.skip("no Chromium on this machine; set HOLDFAST_CHROMIUM=/path/to/it")
