"""Ids of runs and steps: random and unique, also across processes and forks, without asking the kernel each time.

They name things and prove nothing, so a seeded generator will do: `os.urandom` costs a system call, which on a
virtual machine took as long as the whole decision (18 µs).
"""

from __future__ import annotations

import os
import random
from typing import Final

_random: Final = random.Random()  # noqa: S311  # names, not secrets; seeded by the kernel
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_random.seed)


def new_step_id() -> str:
    """16 hex digits, also the id of a span."""
    return f"{_random.getrandbits(64):016x}"


def new_run_id() -> str:
    """32 hex digits, also the id of a trace."""
    return f"{_random.getrandbits(128):032x}"
