"""What stands in every text in which a detector finds anything."""

from __future__ import annotations

from typing import NamedTuple

from holdfast.decision.content.finding import Family


class Hint(NamedTuple):
    """A pattern without which a detector finds nothing. Where it stands, something may be found, or not."""

    family: Family | None
    """Whose detectors must read the text; None means all, because something may be disguised in it."""
    pattern: str
    """As `re` and automata both know it: no looking around, no references, no anchor but the beginning."""
    caseless: bool = False
    wide: bool = False
    """Whether it is looked for in the text itself, in UTF-8; the others in the text as `plain` makes it."""
    outside: bool = False
    """Whether it counts only in what a document or a tool returned."""
    also: str = ""
    """What must stand in the text besides, anywhere."""
