"""Ids of runs and steps: random and unique, across processes and forks too, and cheap.

They name things and prove nothing, so a seeded generator will do: `os.urandom` is a system call, and on a
virtual machine it took as long as the whole decision (18 µs).
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
