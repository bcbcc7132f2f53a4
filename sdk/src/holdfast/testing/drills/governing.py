"""Putting a drill's process under Holdfast, exactly as a user would: `holdfast.init()` and nothing else."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path
from typing import Final

from holdfast.testing.drills.drill import Stage

PACK: Final = files("holdfast.testing.drills") / "policies"
"""The drills' policies: ordinary policy files, as a team would write them."""


@contextmanager
def governing(stage: Stage) -> Generator[None]:
    """Govern what happens inside, when this half is the governed one."""
    if not stage.governed:
        yield
        return
    import holdfast

    with as_file(PACK) as pack:
        holdfast.init(
            server=stage.server, policies=pack, data=Path(stage.folder, "holdfast"), project="drills"
        )
        try:
            with holdfast.session(stage.session):
                yield
        finally:
            holdfast.shutdown()
