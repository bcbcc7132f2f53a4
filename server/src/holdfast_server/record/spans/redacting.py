"""Spans and logs of any maker without the secrets in them, before they are stored.

Our own SDK redacts before it sends; what other instrumentations send is whatever they saw. Nearly all hold
nothing, so many are read at once as one text, and what was read lately and is short is not read again. Only a
text that holds something is taken apart, span by span.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import msgspec

from holdfast.decision.content import TEXT_MAX
from holdfast.record import Redactor
from holdfast_server.record.spans.log import Log
from holdfast_server.record.spans.span import Span

BETWEEN: Final = "\n\n"
"""Keeps the values of a span apart while they are read as one text."""
SHORT: Final = 96
"""A longer value is hardly ever seen twice."""
REMEMBERED: Final = 50_000
TOGETHER: Final = 64 * 1024
"""Characters that are read as one text."""
ABOUT: Final = 500
"""Characters of a span beside its content."""
SEAM: Final = 4_096
"""A text beyond the limit is read in pieces that end between two words, if there is an end so near."""

Pair = tuple[str, str]


class Redacting:
    """Takes out of spans and logs what the redactor takes out."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._idle = not redactor.what
        self._clean = set[Pair]()
        """Short values that hold nothing, with the names they stood under."""

    def spans(self, spans: Sequence[Span]) -> Iterator[Span]:
        """The spans without it, in their order."""
        if self._idle:
            yield from spans
            return
        texts, pairs = list[str](), list[Pair]()
        about: Mapping[str, str] | None = None
        begun = size = 0
        for place, span in enumerate(spans):
            size += self._gather(span, texts, pairs, about)
            about = span.resource
            if size > TOGETHER or place == len(spans) - 1:
                some = spans[begun : place + 1]
                yield from some if self._passes(texts, pairs) else map(self.span, some)
                texts, pairs, about, begun, size = [], [], None, place + 1, 0

    def _gather(
        self, span: Span, texts: list[str], pairs: list[Pair], about: Mapping[str, str] | None = None
    ) -> int:
        """Add what must be read of a span, but not a resource that was added just before.

        Returns about how many characters it is.
        """
        texts += (span.input, span.output, span.status_message, span.events, span.linked, span.name)
        clean = self._clean
        pairs += [pair for pair in span.attributes.items() if pair not in clean]
        if span.resource is not about:
            pairs += [pair for pair in span.resource.items() if pair not in clean]
        return len(span.input) + len(span.output) + len(span.events) + len(span.linked) + ABOUT

    def span(self, span: Span) -> Span:
        """The span without it; the same one when there is nothing."""
        texts, pairs = list[str](), list[Pair]()
        self._gather(span, texts, pairs)
        if self._idle or self._passes(texts, pairs):
            return span
        made = msgspec.structs.replace(
            span,
            name=self._text(span.name),
            input=self._text(span.input),
            output=self._text(span.output),
            status_message=self._text(span.status_message),
            events=self._text(span.events),
            linked=self._text(span.linked),
            attributes=self._map(span.attributes),
            resource=self._map(span.resource),
        )
        # Beside its name a value may look like more than it is, as an id behind `key: `.
        attributes, resource = made.attributes.items(), made.resource.items()
        self._remember(pair for pair in pairs if pair in attributes or pair in resource)
        return made

    def log(self, log: Log) -> Log:
        """The log record without it; the same one when there is nothing."""
        fresh = [pair for said in (log.attributes, log.resource) for pair in said.items()]
        if self._idle or self._passes((log.body, log.name), fresh):
            return log
        return msgspec.structs.replace(
            log,
            body=self._text(log.body),
            attributes=self._map(log.attributes),
            resource=self._map(log.resource),
        )

    def _passes(self, texts: Iterable[str], pairs: list[Pair]) -> bool:
        whole = BETWEEN.join([*texts, *(f"{name}: {value}" for name, value in pairs)])
        if not self._redactor.passes(whole):
            return False
        self._remember(pairs)
        return True

    def _remember(self, pairs: Iterable[Pair]) -> None:
        if len(self._clean) > REMEMBERED:
            self._clean.clear()
        self._clean.update(pair for pair in pairs if len(pair[1]) <= SHORT)

    def _map(self, said: Mapping[str, str]) -> dict[str, str]:
        """Values by name: a telling name blanks its value whole, and a long value is read in pieces."""
        long = {name: self._text(value) for name, value in said.items() if len(value) > TEXT_MAX}
        return {**self._redactor.value({k: v for k, v in said.items() if k not in long}), **long}

    def _text(self, text: str) -> str:
        return "".join(self._redactor.text(piece) for piece in _pieces(text))


def _pieces(text: str) -> Iterator[str]:
    """A text in pieces that can be read, so that nothing is thrown away because it is long."""
    start = 0
    while len(text) - start > TEXT_MAX:
        end = start + TEXT_MAX
        seam = max(text.rfind(space, end - SEAM, end) for space in (" ", "\n"))
        end = seam + 1 if seam > start else end
        yield text[start:end]
        start = end
    yield text[start:]
