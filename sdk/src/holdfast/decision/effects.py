"""One effect a key: who calls again with the same key gets the first result, and nothing happens twice."""

from __future__ import annotations

import threading
from typing import Any, Final, Literal

import msgspec

KEYS_MAX: Final = 10_000
"""Keys that one session can hold; one more is refused, because forgetting one could repeat its effect."""

Key = tuple[str, str]
"""The tool, and the canonical values of the arguments that name the effect."""


class Effect(msgspec.Struct):
    """An effect that was begun under a key."""

    step: str
    digest: str
    state: Literal["running", "done", "doubt"] = "running"
    result: Any = None


class Effects:
    """The effects of one session by key."""

    def __init__(self) -> None:
        self._known: dict[Key, Effect] = {}
        self._lock = threading.Lock()

    def claim(self, key: Key, *, step: str, digest: str, repeatable: bool) -> Effect | str:
        """Begin an effect, or get the one that was had already; a sentence says why neither is possible.

        Args:
            key: what names the effect.
            step: who begins it.
            digest: of all arguments: one key cannot stand for two different calls.
            repeatable: whether an effect in doubt may simply be had again.
        """
        with self._lock:
            found = self.find(key, digest=digest, repeatable=repeatable)
            if found is not None:
                return found
            made = self._known[key] = Effect(step, digest)
            return made

    def find(self, key: Key, *, digest: str, repeatable: bool) -> Effect | str | None:
        """The effect that was had under a key, or why it cannot be had now; None when it may begin."""
        known = self._known.get(key)
        if known is None:
            full = len(self._known) >= KEYS_MAX
            return f"This session holds {KEYS_MAX} idempotency keys; begin another." if full else None
        if known.digest != digest:
            return f"This idempotency key stands for another call (step {known.step}); use a new one."
        if known.state == "running":
            return f"The same call is on its way (step {known.step}); wait for it."
        if known.state == "done":
            return known
        told = f"Whether step {known.step} took effect is not known; look before repeating it."
        return None if repeatable else told

    def settle(self, key: Key, step: str, *, result: Any = None, doubt: bool = False) -> None:
        """The effect was had, or may have been; only by the step that began it."""
        with self._lock:
            known = self._known.get(key)
            if known is not None and known.step == step and known.state == "running":
                known.state, known.result = ("doubt", None) if doubt else ("done", result)

    def result(self, key: Key) -> Any:
        """What the effect of this key gave."""
        with self._lock:
            return self._known[key].result

    def release(self, key: Key, step: str) -> None:
        """The effect was not had: its key is free again."""
        with self._lock:
            known = self._known.get(key)
            if known is not None and known.step == step and known.state == "running":
                del self._known[key]
