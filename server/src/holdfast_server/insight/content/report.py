"""How often the content detectors are right, measured by this server on the corpora it was given."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from holdfast.decision.content.measuring import Score


async def measured(folders: Sequence[Path]) -> tuple[Score, ...]:
    """The scores; measured once a process, because neither detectors nor corpora change while it runs.

    Raises:
        Misconfigured: a folder is not there, or holds no corpus.
    """
    return await asyncio.to_thread(_measured, tuple(folders))


@lru_cache(maxsize=4)
def _measured(folders: tuple[Path, ...]) -> tuple[Score, ...]:
    from holdfast.record.corpora import report

    return report(folders)
