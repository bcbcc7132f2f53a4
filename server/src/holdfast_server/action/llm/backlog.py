"""What waits to be shipped: how much, and for how long.

```text
<data>/gateway/<worker>/journal/<first byte>.log     what was written
                        shipped                      how far the server has all of it
```
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from holdfast_server.action.llm.slots import list_folders

STATE: Final = "shipped"
LOOK_S: Final = 1.0
"""How exactly it is known since when something waits."""
MARKS_MAX: Final = 4_096


class State(msgspec.Struct):
    """How far one worker's folder is shipped."""

    place: int = 0
    """Of its journal."""
    lows: dict[str, int] = {}
    """Up to where the server has every record, by log."""
    done: list[str] = []
    """Logs whose process is gone, and that are shipped and settled."""


class Waiting(msgspec.Struct, frozen=True):
    """Records that the server does not have yet."""

    bytes: int = 0
    seconds: float = 0.0
    """How long the first of them has waited, since somebody first looked."""


class Backlog:
    """What waits in the journals of all workers."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.marks: dict[Path, list[tuple[int, float]]] = {}
        """Of each journal, where it ended when; those that are shipped are dropped."""

    def look(self, now_s: float) -> Waiting:
        """What waits now; whoever wants to know how long looks about once a second."""
        waits, since_s = 0, now_s
        for one in list_folders(self._folder):
            place, end = read_state(one).place, _end(one)
            marks = [mark for mark in self.marks.get(one, ()) if mark[0] > place]
            if end > place:
                waits += end - place
                _mark(marks, end, now_s)
                since_s = min(since_s, marks[0][1])
            self.marks[one] = marks
        return Waiting(waits, now_s - since_s)


def read_state(folder: Path) -> State:
    """How far a folder is shipped."""
    try:
        return msgspec.json.decode((folder / STATE).read_bytes(), type=State)
    except (OSError, msgspec.MsgspecError):
        return State()


def write_state(folder: Path, state: State) -> None:
    """Keep how far a folder is shipped."""
    fresh = folder / f"{STATE}.new"
    fresh.write_bytes(msgspec.json.encode(state))
    fresh.replace(folder / STATE)


def segments_of(folder: Path) -> list[Path]:
    """The files of a worker's journal, the oldest first; each is named after its first byte."""
    return sorted((folder / "journal").glob("*.log"))


def _end(folder: Path) -> int:
    segments = segments_of(folder)
    return int(segments[-1].stem) + segments[-1].stat().st_size if segments else 0


def _mark(marks: list[tuple[int, float]], end: int, now_s: float) -> None:
    if marks and now_s - marks[-1][1] < LOOK_S:
        marks[-1] = end, marks[-1][1]
    elif not marks or marks[-1][0] < end:
        marks.append((end, now_s))
    if len(marks) > MARKS_MAX:
        del marks[1::2]
