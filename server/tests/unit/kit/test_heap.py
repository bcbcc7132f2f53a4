"""Freed memory stays with a process that asks for it."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

PROGRAM = """
import os, sys
from pathlib import Path
from holdfast_server.kit.heap import keep_freed

def resident_mb():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6

if sys.argv[1] == "keep":
    keep_freed()
before = resident_mb()
held = [bytes([place % 251]) * 2_000 for place in range(20_000)]
del held
print(resident_mb() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc is told what to do")
def test_what_was_freed_stays_and_goes_back_otherwise():
    def left_mb(how: str) -> float:
        command = [sys.executable, "-c", PROGRAM, how]
        return float(subprocess.run(command, capture_output=True, check=True, text=True).stdout)

    assert left_mb("give back") < 10
    assert left_mb("keep") > 35
