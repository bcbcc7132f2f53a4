"""The sessions of this process, each behind its own lock; the longest untouched is forgotten first."""

from __future__ import annotations

import hashlib
import re
import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Final

from holdfast.decision import Session
from holdfast.decision.effects import Effects
from holdfast.errors import Invalid

ID_MAX: Final = 128
_safe = re.compile(r"[\w.:@/+=-]{1,128}").fullmatch


def fit(id: str) -> str:  # noqa: A002  # the session's own word for itself
    """A framework's id of a conversation as a session's: itself when it can be one, else a digest of it."""
    return id if not id or _safe(id) else hashlib.sha256(id.encode("utf-8", "replace")).hexdigest()[:32]


class LiveSession:
    """A session while it lives here: what is remembered of it, and the lock that deciding takes."""

    __slots__ = ("ambient", "effects", "id", "lock", "open_runs", "person", "state", "tags")

    def __init__(self, id: str, person: str = "", tags: Mapping[str, str] | None = None) -> None:  # noqa: A002  # the session's own word for itself
        self.id = id
        self.person = person
        self.state = Session(id, person=person)
        self.lock = threading.Lock()
        self.open_runs = 0
        self.tags: Mapping[str, str] = tags or {}
        """What its use is counted by, beside agent and session: `customer`, `workflow`, or any name."""
        self.effects: Effects | None = None
        """What was done under idempotency keys, once anything was."""
        self.ambient: object | None = None
        """The start step of code in this session that no agent owns, once there is any."""

    def apart(self, id: str) -> LiveSession:  # noqa: A002  # the session's own word for itself
        """A session beside this one: it begins with the same labels, and uses the same budgets."""
        made = LiveSession(id, self.person)
        # One lock for both, because they share what they count.
        made.lock, made.tags = self.lock, self.tags
        with self.lock:
            self.state.share(made.state)
        return made

    def endorse(self, text: str) -> None:
        """Let every value in `text` be chosen for a critical argument: a person said it."""
        with self.lock:
            self.state.endorse(text)

    def paste(self, text: str) -> str:
        """Take a text as data: what a person only passes on endorses nothing, wherever it is quoted.

        Raises:
            Invalid: too many texts were pasted into this session.
        """
        with self.lock:
            self.state.paste(text)
        return text

    @property
    def labels(self) -> frozenset[str]:
        """What has entered the conversation so far."""
        return self.state.labels

    def snapshot(self) -> dict[str, Any]:
        """The state as plain data, for people to look at."""
        with self.lock:
            return self.state.snapshot()


class Sessions:
    """Finds a session by its id, or begins it; holds at most `limit`."""

    def __init__(self, limit: int, tags: Mapping[str, str] | None = None) -> None:
        """Remember so many.

        Args:
            limit: how many at least.
            tags: what each is counted by, unless it says otherwise.
        """
        self._limit, self._tags = limit, tags
        self._lock = threading.Lock()
        self._known: OrderedDict[str, LiveSession] = OrderedDict()

    def get(self, id: str, *, person: str = "") -> LiveSession:  # noqa: A002  # the session's own word for itself
        """The session of this id.

        Raises:
            Invalid: the id is empty, too long, or holds characters that do not belong into an id.
        """
        if not _safe(id):
            raise Invalid(
                f"not a session id: {id[:ID_MAX]!r}",
                hint=f"Use 1 to {ID_MAX} of letters, digits and . : @ / + = - _",
            )
        with self._lock:
            found = self._known.get(id)
            if found is None:
                found = self._known[id] = LiveSession(id, person, self._tags)
                self._forget_some()
            self._known.move_to_end(id)
            return found

    def __len__(self) -> int:
        return len(self._known)

    def _forget_some(self) -> None:
        """Drop the longest untouched that neither runs nor was halted: forgetting must not lift a latch."""
        if len(self._known) <= self._limit:
            return
        others = tuple(self._known.values())[:-1]  # not the one that was just begun
        victim = next((s for s in others if not s.open_runs and s.state.latch is None), None)
        if victim is None and len(self._known) > 2 * self._limit:
            victim = others[0]
        if victim is not None:
            del self._known[victim.id]
