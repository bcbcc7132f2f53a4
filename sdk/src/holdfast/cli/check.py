"""One thing that `holdfast doctor` looked at."""

from __future__ import annotations

from typing import Literal

import msgspec

State = Literal["ok", "note", "warn", "fail"]
"""`fail` is set up wrongly; `warn` may be meant; `note` is worth knowing."""


class Check(msgspec.Struct, frozen=True):
    """What was found."""

    about: str
    state: State
    told: str
    hint: str = ""
    """The reader's next step."""
    details: tuple[str, ...] = ()
