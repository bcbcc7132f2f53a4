"""Where we are: which session, run and step the code that now runs belongs to.

One context variable carries it, so threads and tasks that copy their context know it too. Generators and
frameworks that lose it stand in it again for as long as their code runs: `with standing(place)`.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from typing import Any, Final

import msgspec

from holdfast.guard.handed import Handed
from holdfast.guard.run import Run
from holdfast.guard.sessions import LiveSession


class Here(msgspec.Struct, frozen=True, gc=False):
    """A place in the tree of sessions, runs and steps."""

    session: LiveSession | None = None
    run: Run | None = None
    parent: str = ""
    """The step around this place; the root of the run when there is no other."""
    person: str = ""
    judged: tuple[str, dict[str, Any]] | None = None
    """The tool and arguments of the step around, by which its own function is known when it is called."""
    handed: Handed | None = None
    """What another process handed over to the run that is begun here."""


NOWHERE: Final = Here()
_here: ContextVar[Here] = ContextVar("holdfast_here", default=NOWHERE)

here = _here.get
"""The place of the running code."""


def stand(place: Here) -> Token[Here]:
    """Go to a place; `rejoin` with the token leads back."""
    return _here.set(place)


def rejoin(token: Token[Here]) -> None:
    """Go back to where `stand` was called; elsewhere than there, it is too late to matter."""
    try:
        _here.reset(token)
    except ValueError:
        # The block was left in another context than it was entered in: a framework closed a generator from a
        # task of its own. That context ends with the task, and the place with it.
        return


@contextmanager
def standing(place: Here) -> Generator[Here]:
    """Run a block of code at `place`."""
    token = stand(place)
    try:
        yield place
    finally:
        rejoin(token)
