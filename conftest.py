"""What every run of the tests shares: whatever was imported for them is not looked through for garbage."""

from __future__ import annotations

import gc

gc.disable()


def pytest_collection_finish() -> None:
    """Look for garbage again, but only in what the tests make: all else was a fifth of their time."""
    gc.collect()
    gc.freeze()
    gc.enable()
