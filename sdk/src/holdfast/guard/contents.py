"""Content on its way through the guard: read before a call is judged, and before its result is shown.

What rules want replaced is replaced before anything is judged, so what was judged is still what runs. Tokens
become values again only in the arguments of tools that a rule names, and before those are judged.
"""

from __future__ import annotations

import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

import msgspec

from holdfast.action import Kind
from holdfast.decision.content import (
    Content,
    ContentRule,
    Family,
    Finding,
    Objection,
    Place,
    Reading,
    Stream,
    apply,
)
from holdfast.decision.content.passing import PLACES, read_arguments, read_result
from holdfast.decision.content.rules import Name
from holdfast.errors import Denied
from holdfast.guard.step import Call, Step
from holdfast.record.vault import Vault

ITEMS_MAX: Final = 10_000
"""Items of a generator that are held back."""
RUNNING_MAX: Final = 10_000
"""Steps whose labels wait to be settled."""


class Contents:
    """Applies the rules about content of whatever bundle is in force."""

    def __init__(self, data: Path) -> None:
        self._vault = Vault(data)
        self._labels: dict[str, frozenset[str]] = {}
        self._lock = threading.Lock()

    def prepare(self, call: Call, content: Content, session: str) -> tuple[Call, tuple[Objection, ...]]:
        """The call as it is to be judged, and what speaks against it."""
        place = PLACES.get(call.kind)
        if place is None:
            return call, ()
        if call.kind is Kind.MODEL:
            return self._prepare_request(call, content, session)
        find, name = self._vault.finder(session), self._vault.namer(session)
        passed = read_arguments(call.arguments, content, place, call.target, find, name)
        if passed.arguments is call.arguments:
            return call, passed.objections
        return msgspec.structs.replace(call, arguments=passed.arguments), passed.objections

    def _prepare_request(
        self, call: Call, content: Content, session: str
    ) -> tuple[Call, tuple[Objection, ...]]:
        """A model call with the texts that are sent; its arguments only describe them."""
        rules = content.at(Place.REQUESTS, call.target)
        if not rules or not call.texts:
            return call, ()
        reading = apply(list(call.texts), rules, place=Place.REQUESTS, name=self._vault.namer(session))
        texts = tuple(reading.value) if reading.changed else call.texts
        return msgspec.structs.replace(call, texts=texts), reading.objections

    def edited(
        self, call: Call, content: Content, session: str
    ) -> tuple[dict[str, Any], tuple[Objection, ...]]:
        """The arguments that a person wrote as they may run, and what speaks against them.

        Who approves has answered what rules only ask about; what they deny stays denied.
        """
        prepared, objections = self.prepare(call, content, session)
        return prepared.arguments, tuple(one for one in objections if one.do == "deny")

    def answering(self, step: Step, content: Content) -> Answering | None:
        """What is done about a model's answer before anybody reads it; None when nothing is."""
        rules = content.at(Place.ANSWERS, step.action.target)
        if all(rule.do == "label" for rule in rules):
            return None
        return self._reader(step, rules, Place.ANSWERS)

    def _reader(self, step: Step, rules: tuple[ContentRule, ...], place: Place) -> Answering:
        namer = self._vault.namer(step.run.session.id)
        return Answering(rules, place, namer, partial(self._keep_labels, step))

    def items(self, step: Step, content: Content) -> Items | None:
        """What is done about the items of a generator; None when nothing is."""
        rules = content.at(Place.RESULTS, step.action.target)
        if all(rule.do == "label" for rule in rules):
            return None
        return Items(self._reader(step, rules, Place.RESULTS))

    def _keep_labels(self, step: Step, labels: frozenset[str]) -> None:
        with self._lock:
            if len(self._labels) < RUNNING_MAX:
                self._labels[step.id] = self._labels.get(step.id, frozenset()) | labels

    def show(self, step: Step, result: Any, content: Content) -> Any:
        """A tool's result as the model may see it."""
        name = self._vault.namer(step.run.session.id)
        shown = read_result(result, content, Place.RESULTS, step.action.target, name)
        if shown.labels is not None:
            self._keep_labels(step, shown.labels)
        return shown.value

    def labels(self, step: Step, text: str, content: Content) -> tuple[str, ...]:
        """The labels that a step's result brings into the session."""
        with self._lock:
            known = self._labels.pop(step.id, None)
        if known is None:
            place = Place.ANSWERS if step.action.kind is Kind.MODEL else Place.RESULTS
            rules = content.at(place, step.action.target)
            known = apply(text, rules, place=place).labels if rules else frozenset[str]()
        return tuple(sorted(known))

    def around(self, step: Step, make: Callable[[], Any], content: Content) -> Callable[[], Any]:
        """The call of a plain function whose result is shown as the rules want it."""
        return lambda: self.show(step, make(), content)

    def around_async(
        self, step: Step, make: Callable[[], Awaitable[Any]], content: Content
    ) -> Callable[[], Awaitable[Any]]:
        """`around` for a coroutine function."""

        async def made() -> Any:
            return self.show(step, await make(), content)

        return made


class Answering:
    """The rules about what comes back, applied to one answer or result."""

    def __init__(
        self,
        rules: tuple[ContentRule, ...],
        place: Place,
        name: Name,
        keep: Callable[[frozenset[str]], None],
    ) -> None:
        self._rules, self._place, self._name, self._keep = rules, place, name, keep
        self._families = frozenset[Family]().union(*(rule.families for rule in rules))
        self.stops = any(rule.do in {"ask", "deny"} for rule in rules)
        """Whether an answer may have to be withheld, so that it must be read whole first."""

    def read(self, value: Any) -> Reading:
        """A whole answer."""
        reading = apply(value, self._rules, place=self._place, name=self._name)
        self._keep(reading.labels)
        return reading

    def stream(self) -> Stream:
        """For one text that comes in pieces."""
        return Stream(self._families, replace=self._replace)

    def _replace(self, found: Finding, text: str) -> str:
        rules = [rule for rule in self._rules if rule.concerns(found)]
        if not rules:
            return text
        self._keep(frozenset((found.family.value,)))
        deeds = {rule.do for rule in rules}
        if "redact" in deeds:
            return f"[redacted:{found.kind}]"
        return self._name(found.kind, text) if "token" in deeds else text


class Items:
    """What a generator yields: its texts are one text in pieces, so a value split between two is found."""

    def __init__(self, reader: Answering) -> None:
        self._reader = reader
        self._held: list[Any] = []
        self._text = reader.stream()

    def feed(self, item: Any) -> Iterator[Any]:
        """Take an item; what comes back may be shown.

        Raises:
            Denied: too much would have to be held back.
        """
        if self._reader.stops:
            if len(self._held) >= ITEMS_MAX:
                raise Denied("the result is too long to be read for what it holds")
            self._held.append(item)
            return
        text = self._text.feed(item) if isinstance(item, str) else self._end()
        if text:
            yield text
        if not isinstance(item, str):
            yield self._reader.read(item).value if isinstance(item, dict | list | tuple) else item

    def finish(self) -> Iterator[Any]:
        """What was held back, now that nothing follows."""
        if not self._reader.stops:
            text = self._end()
            if text:
                yield text
            return
        whole = "".join(item for item in self._held if isinstance(item, str))
        others: list[Any] = [item for item in self._held if isinstance(item, dict | list | tuple)]
        reading = self._reader.read([whole, *others])
        if reading.objections:
            yield f"Withheld: {reading.objections[0].message}"
        elif not reading.changed:
            yield from self._held
        else:
            shown = iter(reading.value[1:])
            yield reading.value[0]
            for item in self._held:
                if not isinstance(item, str):
                    yield next(shown) if isinstance(item, dict | list | tuple) else item

    def _end(self) -> str:
        text, self._text = self._text.finish(), self._reader.stream()
        return text

    def over(self, make: Callable[[], Any]) -> Generator[Any, Any, Any]:
        """The items of a generator as they may be shown."""
        inner = make()
        try:
            while True:
                yield from self.feed(next(inner))
        except StopIteration as stop:
            yield from self.finish()
            return stop.value
        finally:
            inner.close()

    async def over_async(self, make: Callable[[], Any]) -> AsyncGenerator[Any, Any]:
        """`over` for an async generator."""
        inner = make()
        try:
            async for item in inner:
                for shown in self.feed(item):
                    yield shown
        finally:
            await inner.aclose()
        for shown in self.finish():
            yield shown
