"""The policies a command judges by: those given, those of the settings, `./policies`, or the starter pack."""

from __future__ import annotations

from pathlib import Path

from holdfast import settings
from holdfast.decision import Bundle, compile_bundle
from holdfast.guard.rules import local_sources


def compile_policies(path: Path | None) -> tuple[Bundle, str]:
    """The bundle, and where it came from.

    Raises:
        PolicySyntaxError: a file cannot be used, at this file, line and column.
        Misconfigured: there are no policies at the path.
    """
    sources, origin = local_sources(path or settings.load().policies)
    return compile_bundle(sources), origin
