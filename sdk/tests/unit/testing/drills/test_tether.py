"""What a drill starts does not outlive it."""

from __future__ import annotations

import signal
import subprocess
import sys

from holdfast.testing.drills import tether


def test_a_tethered_process_ends_when_its_other_end_is_let_go():
    command = [sys.executable, "-m", tether.__name__, "http.server", "--bind", "127.0.0.1", "0"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as held:
        assert held.poll() is None
        held.communicate(timeout=60)  # closes its standard input
        assert held.returncode == -signal.SIGTERM
