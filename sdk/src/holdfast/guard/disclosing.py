"""Answers in pieces: each goes out at once, unless rules could still object to the whole."""

from __future__ import annotations

import dataclasses
import operator
from collections import deque
from collections.abc import AsyncGenerator, Callable, Generator, Hashable, Iterator, Mapping
from typing import Any, Final, cast

from holdfast.errors import Denied
from holdfast.guard.answers import Outlook, review, review_async
from holdfast.guard.guard import Guard

HELD_MAX: Final = 50_000
"""Items of one answer that are held back; one with more is refused."""
PASSED_MAX: Final = 1_000
"""Items that went out and are still known when the answer is complete, the latest ones."""
DEPTH_MAX: Final = 12

Changes = dict[str, str]
"""Texts of an answer and what rules, or a person, put in their place."""


class Form:
    """How a door's stream speaks: which items are pieces of one text, and what they answer together.

    As it stands it reads a function's own generator: the texts it yields are one.
    """

    def piece(self, item: Any) -> tuple[Hashable, str] | None:
        """The text that an item adds, and to which; None when it is no piece of one."""
        return ("", item) if isinstance(item, str) else None

    def with_piece(self, item: Any, text: str) -> Any:
        """The item with another text."""
        del item
        return text

    def answer(self, items: list[Any]) -> Any:
        """What the items answer: a text, or plain data."""
        texts = [item for item in items if isinstance(item, str)]
        return "".join(texts) if len(texts) == len(items) else items


class Disclosure:
    """One stream: what went out, and what is held back."""

    def __init__(self, guard: Guard, form: Form) -> None:
        self.outlook = Outlook(guard)
        self._form = form
        self._passed: deque[Any] = deque(maxlen=PASSED_MAX)
        self._held: list[Any] = []

    def passes(self, item: Any) -> bool:
        """Whether an item goes out now.

        Raises:
            Denied: too much would have to be held back.
        """
        if not self._held and not self.outlook.clouded:
            self._passed.append(item)
            return True
        if len(self._held) >= HELD_MAX:
            raise Denied("the answer is too long to be checked before it goes out")
        self._held.append(item)
        return False

    @property
    def holding(self) -> bool:
        """Whether anything is held back."""
        return bool(self._held)

    def answer(self) -> Any:
        """What everything so far says together."""
        return self._form.answer([*self._passed, *self._held])

    def release(self, changes: Changes | None = None) -> Iterator[Any]:
        """What was held back, with what was changed."""
        held, self._held = self._held, []
        return iter(rewrite(held, changes, self._form) if changes else held)


def disclose(guard: Guard, make: Callable[[], Any], form: Form) -> Generator[Any, Any, Any]:
    """The items of a generator inside a run; the answer that they are is reviewed at its end.

    Raises:
        Refused: the answer may not leave.
        Halted: the run is over.
    """
    going = Disclosure(guard, form)
    if not going.outlook.outermost:
        return cast("Any", (yield from make()))
    inner, sent = make(), None
    try:
        while True:
            item = inner.send(sent) if sent is not None else next(inner)
            sent = (yield item) if going.passes(item) else None
    except StopIteration as stop:
        value = stop.value
    finally:
        close = getattr(inner, "close", None)
        if close is not None:
            close()
    changes = Changes()
    if not going.outlook.pausing:
        before = value if value is not None else going.answer()
        after = review(guard, before)
        changes = differences(before, after)
        value = after if value is not None and changes else value
    yield from going.release(changes)
    return value


async def disclose_async(guard: Guard, make: Callable[[], Any], form: Form) -> AsyncGenerator[Any, Any]:
    """`disclose` for an async generator."""
    going = Disclosure(guard, form)
    inner, sent = make(), None
    outermost = going.outlook.outermost
    try:
        while True:
            item = await (inner.asend(sent) if sent is not None else anext(inner))
            sent = (yield item) if not outermost or going.passes(item) else None
    except StopAsyncIteration:
        pass
    finally:
        close = getattr(inner, "aclose", None)
        if close is not None:
            await close()
    if not outermost:
        return
    changes = Changes()
    if not going.outlook.pausing:
        before = going.answer()
        changes = differences(before, await review_async(guard, before))
    for item in going.release(changes):
        yield item


def differences(before: Any, after: Any) -> Changes:
    """The texts that a review changed.

    Raises:
        Denied: it changed more than texts, which no stream can carry.
    """
    if before is after:
        return {}
    old, new = list(_leaves(before, 0)), list(_leaves(after, 0))
    if len(old) != len(new) or any(
        was != now and not (isinstance(was, str) and isinstance(now, str))
        for was, now in zip(old, new, strict=True)
    ):
        raise Denied("what was approved has another form than the answer")
    return {was: now for was, now in zip(old, new, strict=True) if was != now}


def rewrite(items: list[Any], changes: Changes, form: Form) -> list[Any]:
    """The items with the changed texts in the place of the old ones, whole or in pieces."""
    texts: dict[Hashable, str] = {}
    pieces = [form.piece(item) for item in items]
    for piece in filter(None, pieces):
        texts[piece[0]] = texts.get(piece[0], "") + piece[1]
    found: list[Any] = []
    told: set[Hashable] = set()
    for item, piece in zip(items, pieces, strict=True):
        if piece is None or texts[piece[0]] not in changes:
            found.append(exchange(item, changes))
            continue
        text = "" if piece[0] in told else changes[texts[piece[0]]]
        told.add(piece[0])
        found.append(form.with_piece(item, text))
    return found


def exchange(value: Any, changes: Changes, depth: int = 0) -> Any:
    """A value with every text in it that was changed exchanged; what holds none is handed back as it is."""
    kind: Any = value.__class__
    unchanged: Any = value
    if kind is str:
        return changes.get(value, value)
    if depth > DEPTH_MAX:
        return value
    if kind is list or kind is tuple:
        before = cast("list[Any]", value)
        items = [exchange(one, changes, depth + 1) for one in before]
        same, made = all(map(operator.is_, items, before)), tuple(items) if kind is tuple else items
        return unchanged if same else cast("Any", made)
    parts = _parts(value)
    new = {name: exchange(one, changes, depth + 1) for name, one in parts.items()}
    changed = {name: one for name, one in new.items() if one is not parts[name]}
    if not changed:
        return unchanged
    if kind is dict or isinstance(value, Mapping):
        return {**parts, **changed}
    copy = getattr(value, "model_copy", None)
    return copy(update=changed) if callable(copy) else dataclasses.replace(value, **changed)


def _parts(value: Any) -> dict[Any, Any]:
    """What stands inside a mapping, a model or a data class."""
    if isinstance(value, Mapping):
        return dict(cast("Mapping[Any, Any]", value))
    kind: Any = value.__class__
    fields = getattr(kind, "model_fields", None)
    if isinstance(fields, dict):
        return {name: getattr(value, name) for name in cast("dict[str, Any]", fields) if hasattr(value, name)}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {one.name: getattr(value, one.name) for one in dataclasses.fields(value) if one.init}
    return {}


def _leaves(value: Any, depth: int) -> Iterator[Any]:
    if isinstance(value, Mapping) and depth <= DEPTH_MAX:
        for inner in cast("Mapping[Any, Any]", value).values():
            yield from _leaves(inner, depth + 1)
    elif isinstance(value, list | tuple) and depth <= DEPTH_MAX:
        for inner in cast("list[Any]", value):
            yield from _leaves(inner, depth + 1)
    else:
        yield value
