"""Who records: this process, under an id that no other start and no forked child shares."""

from __future__ import annotations

import os
import platform
import time
from typing import Final

from holdfast.record import Process

SDK_VERSION: Final = "0.1.0"


def identify() -> Process:
    """A fresh identity for this process."""
    return Process(
        id=os.urandom(8).hex(),
        pid=os.getpid(),
        host=platform.node()[:128],
        sdk=f"holdfast-python/{SDK_VERSION}",
        started_at_ns=time.time_ns(),
    )
