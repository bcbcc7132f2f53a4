"""A JSON object read field by field: a wrong type, and what nobody asked for, is an error by name."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, TypeVar, cast

from holdfast.errors import Invalid
from holdfast_server.action.llm.translating.losses import Untranslatable

Json = dict[str, Any]
T = TypeVar("T")


class Fields:
    """The fields of one object that are left to read."""

    def __init__(self, body: Any, at: str = "") -> None:
        """Begin to read.

        Args:
            body: an object.
            at: where it stands, for errors: `messages[3].`.

        Raises:
            Invalid: it is no object.
        """
        if not isinstance(body, dict):
            raise Invalid(f"`{at.rstrip('.') or 'the body'}` is not an object")
        self._left = cast("Json", body).copy()
        self.at = at

    def take(self, name: str) -> Any:
        """The value of a field, whatever it is; None when it is not there."""
        return self._left.pop(name, None)

    def read(self, name: str, kind: type[T] | tuple[type[T], ...]) -> T | None:
        """The value of a field of one type; None when it is not there, or null.

        Raises:
            Invalid: it has another type.
        """
        value = self.take(name)
        if value is None:
            return None
        fits = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
        if not fits:
            raise Invalid(f"`{self.at}{name}` has the wrong type")
        return value

    def text(self, name: str) -> str:
        """A text; empty when it is not there."""
        return self.read(name, str) or ""

    def number(self, name: str) -> float | None:
        """A number."""
        return self.read(name, (int, float))

    def inner(self, name: str) -> Fields:
        """An object within; an empty one when it is not there."""
        return Fields(self.take(name) or {}, f"{self.at}{name}.")

    def schema(self, name: str) -> dict[str, Any] | None:
        """An object that is nobody's business here."""
        return self.read(name, dict)  # pyright: ignore[reportUnknownVariableType]  # json returns Any by nature

    def items(self, name: str) -> Iterator[Fields]:
        """The objects of a list."""
        for place, one in enumerate(self._list(name)):
            yield Fields(one, f"{self.at}{name}[{place}].")

    def texts(self, name: str) -> tuple[str, ...]:
        """The texts of a list."""
        found = self._list(name)
        if not all(isinstance(one, str) for one in found):
            raise Invalid(f"`{self.at}{name}` holds what is no text")
        return tuple(cast("list[str]", found))

    def _list(self, name: str) -> list[Any]:
        return self.read(name, list) or []  # pyright: ignore[reportUnknownVariableType]  # as above

    def refuse(self, name: str, why: str, *, unless: Collection[Any] = ()) -> None:
        """Refuse a field by name, unless it says nothing or one of some harmless values.

        Raises:
            Untranslatable: it says something.
        """
        value = self.take(name)
        if value is not None and value not in unless and value not in ([], {}):
            raise Untranslatable(f"{self.at}{name}", why)

    def done(self, left_out: Collection[str] = ()) -> None:
        """Everything else must be empty or known to matter to nobody.

        Raises:
            Untranslatable: a field would be lost.
        """
        for name, value in self._left.items():
            if value is not None and name not in left_out:
                raise Untranslatable(f"{self.at}{name}", "no other API has it")

    def stop(self, name: str, why: str) -> Untranslatable:
        """The error that names a field of this object."""
        return Untranslatable(f"{self.at}{name}", why)
