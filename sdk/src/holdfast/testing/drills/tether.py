"""A process that does not outlive the one that started it, however that one ends.

`python -m holdfast.testing.drills.tether MODULE ARGUMENT…` runs a module so tethered.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading


def tether() -> None:
    """Ask this process to end as soon as its standard input closes: whoever held the other end is gone."""
    threading.Thread(target=_hold_on, name="tether", daemon=True).start()


def _hold_on() -> None:
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    tether()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
