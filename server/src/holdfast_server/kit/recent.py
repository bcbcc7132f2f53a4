"""A dictionary that remembers the recent and forgets the rest: two halves, of which the older is dropped."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Recent(Generic[K, V]):
    """Keeps the last `most` entries at least, and twice as many at most."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._young: dict[K, V] = {}
        self._old: dict[K, V] = {}

    def __bool__(self) -> bool:
        return bool(self._young or self._old)

    def __contains__(self, key: object) -> bool:
        return key in self._young or key in self._old

    def get(self, key: K) -> V | None:
        """What is remembered, or nothing."""
        found = self._young.get(key)
        return self._old.get(key) if found is None else found

    def add(self, key: K, value: V) -> None:
        """Remember one."""
        self._young[key] = value
        self._age()

    def add_all(self, keys: Iterable[K], value: V) -> None:
        """Remember many that have the same value."""
        self._young.update(dict.fromkeys(keys, value))
        self._age()

    def _age(self) -> None:
        if len(self._young) > self._most:
            self._old, self._young = self._young, {}
