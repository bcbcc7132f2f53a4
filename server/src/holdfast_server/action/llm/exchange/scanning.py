"""What the texts of a model call hold, and what rules about content want done about it.

The SDK's own detectors and rules, spared the texts in which they would find nothing: an automaton reads
first, in a fraction of the time. What is found is what the detectors alone would find, in every case.
"""

from __future__ import annotations

import codecs
import logging
import threading
from collections.abc import Sequence, Set
from functools import cache
from typing import Any, Final, cast

from holdfast.decision.content import (
    TEXT_MAX,
    Content,
    ContentRule,
    Family,
    Finding,
    Place,
    Reading,
    Stream,
    apply,
    scan,
)
from holdfast.decision.content.rules import FROM_STRANGERS, Name
from holdfast_server.action.llm.exchange.automaton import SEAM, Automata, Automaton, Exhaustive

log = logging.getLogger(__name__)
KNOWN_MAX: Final = 1_024
"""Models whose rules are remembered; clients may ask for any."""
NOTHING: Final[frozenset[str]] = frozenset()


class Scanner:
    """Applies the rules about content that are in force."""

    def __init__(self, content: Content, automaton: Automaton | None = None) -> None:
        """Begin.

        Args:
            content: the rules.
            automaton: what reads first; the one that all scanners of a process share when None.
        """
        self._content = content
        self._known: dict[tuple[Place, str], tuple[tuple[ContentRule, ...], frozenset[Family]]] = {}
        self.active = bool(content)
        """Whether there is any rule."""
        self._automaton = automaton or (shared() if content else Exhaustive())

    def look(
        self, text: str, families: Set[Family], /, *, outside: bool = True, deep: bool = True
    ) -> tuple[Finding, ...]:
        """`holdfast.decision.content.scan`, sooner."""
        wanted = frozenset(families)
        try:
            wanted = self._automaton.families(text, wanted, outside=outside, deep=deep)
        except Exception:
            log.exception("a text is read in full because the automaton failed")
        return scan(text, wanted, outside=outside, deep=deep) if wanted else ()

    def request(self, texts: Sequence[str], target: str = "") -> tuple[tuple[Finding, ...], ...]:
        """What each text of a request holds, as far as rules ask for it.

        Args:
            texts: what is sent to a model.
            target: the model, `provider/model`.
        """
        rules = self._content.at(Place.REQUESTS, target)
        if not rules:
            return ((),) * len(texts)
        families = families_of(rules)
        return tuple(self.look(text, families, outside=False) for text in texts)

    def read(self, value: Any, place: Place, target: str = "", name: Name | None = None) -> Reading | None:
        """A text, or all texts in plain data, as the rules let them through; None when there is no rule.

        Args:
            value: what to read; it is left alone.
            place: where it stands on its way.
            target: the model or tool.
            name: makes tokens; without it `token` redacts.
        """
        rules, families = self._at(place, target)
        if not rules:
            return None
        if self._is_clean(value, families, outside=place in FROM_STRANGERS):
            return Reading(value, NOTHING, NOTHING, (), changed=False)
        return apply(value, rules, place=place, name=name, look=self.look)

    def _at(self, place: Place, target: str) -> tuple[tuple[ContentRule, ...], frozenset[Family]]:
        """The rules for a place and a target, and whose detectors they need."""
        known = self._known.get((place, target))
        if known is not None:
            return known
        if len(self._known) >= KNOWN_MAX:
            self._known.clear()
        rules = self._content.at(place, target)
        made = self._known[place, target] = rules, families_of(rules)
        return made

    def _is_clean(self, value: Any, families: frozenset[Family], *, outside: bool) -> bool:
        """Whether many texts together show at a glance that no detector has to read any of them."""
        if not isinstance(value, list):
            return False
        try:
            text = SEAM.join(cast("list[str]", value))
            clean = not self._automaton.families(text, families, outside=outside, deep=True)
        except Exception:  # noqa: BLE001  # not all of it is text, or the automaton failed: it is read one by one
            return False
        return clean and len(text) <= TEXT_MAX

    def stream(self, target: str = "", name: Name | None = None) -> Streaming | None:
        """For one text of a streamed answer; None when no rule is about answers."""
        rules = self._content.at(Place.ANSWERS, target)
        return Streaming(self, rules, name) if rules else None


class Streaming:
    """One text of an answer in pieces.

    A value that is split between two pieces is found, because what could still become one is held back: 64
    characters, the run of letters they stand in, a key block that has begun. Where rules only label, nothing
    waits.
    """

    def __init__(self, scanner: Scanner, rules: Sequence[ContentRule], name: Name | None) -> None:
        self._rules, self._name, self._look = tuple(rules), name, scanner.look
        self.stops: Final = any(rule.do in {"ask", "deny"} for rule in rules)
        """Whether the answer may have to be withheld, so that it must be read whole before it is shown."""
        self._replaces = any(rule.do in {"redact", "token"} for rule in rules)
        self._decode = codecs.getincrementaldecoder("utf-8")("replace")
        self._stream = Stream(families_of(rules), replace=self._replace, look=scanner.look)
        self._labels = set[str]()
        self._seen: list[str] = []
        self._left = TEXT_MAX

    def feed(self, data: bytes) -> bytes:
        """Take a piece of the text, in UTF-8; give what may be shown, which is `data` when nothing waits."""
        text = self._decode.decode(data)
        if not self._replaces:
            self._remember(text)
            return data
        return self._stream.feed(text).encode()

    def finish(self) -> bytes:
        """What was held back, now that nothing follows."""
        text = self._decode.decode(b"", final=True)
        if self._replaces:
            return (self._stream.feed(text) + self._stream.finish()).encode()
        reading = apply("".join((*self._seen, text)), self._rules, place=Place.ANSWERS, look=self._look)
        self._labels |= reading.labels
        self._seen.clear()
        return b""

    @property
    def labels(self) -> frozenset[str]:
        """The families that were found so far; all of them after `finish`."""
        return frozenset(self._labels)

    def _remember(self, text: str) -> None:
        if text and self._left > 0:
            self._seen.append(text[: self._left])
            self._left -= len(text)

    def _replace(self, found: Finding, text: str) -> str:
        rules = [rule for rule in self._rules if rule.concerns(found)]
        if not rules:
            return text
        self._labels.add(found.family.value)
        deeds = {rule.do for rule in rules}
        if "redact" in deeds or ("token" in deeds and self._name is None):
            return f"[redacted:{found.kind}]"
        return self._name(found.kind, text) if "token" in deeds and self._name is not None else text


def families_of(rules: Sequence[ContentRule]) -> frozenset[Family]:
    """Whose detectors must look."""
    return frozenset[Family]().union(*(rule.families for rule in rules))


class _Growing:
    """Nothing is left out until the automata are made, beside the calls that are served meanwhile."""

    def __init__(self) -> None:
        self._automaton: Automaton = Exhaustive()
        threading.Thread(target=self._make, name="holdfast-automata", daemon=True).start()

    def families(
        self, text: str, wanted: frozenset[Family], *, outside: bool, deep: bool
    ) -> frozenset[Family]:
        """Those of the wanted families whose detectors must read the text."""
        return self._automaton.families(text, wanted, outside=outside, deep=deep)

    def _make(self) -> None:
        try:
            self._automaton = Automata()
        except ImportError:
            log.warning("hyperscan is not installed here, so every text is read by all detectors: slower")
        except Exception:
            log.exception("the automata could not be made, so every text is read by all detectors: slower")


@cache
def shared() -> Automaton:
    """The automaton of this process; there is one, because it does not depend on the rules."""
    return _Growing()
