"""Several reports of one call: an instrumentation, the provider's library and a gateway may all send one.

Everything here is remembered for a while and bounded; what was forgotten is counted again, never left out.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Final, TypeVar

import msgspec

from holdfast_server.kit.recent import Recent
from holdfast_server.record.spans.span import Span

K = TypeVar("K", bound=Hashable)

REMEMBERED: Final = 20_000
ALIKE_MAX: Final = 16
"""Reports remembered of calls with the same counters, of which only the latest can still be met again."""
SKEW_NS: Final = 50_000_000
"""How far two clocks may be apart."""
NEAR_NS: Final = 5_000_000_000
"""Two reports of one process with one answer's id are of one call if no more than this lies between."""
SHORT_ID: Final = 16
"""Shorter ids, as `call_0`, are told apart by their trace, and longer ones by the process."""


class Report(msgspec.Struct, gc=False):
    """A call that is counted, as far as it is needed to know another report of it."""

    trace_id: str
    span_id: str
    start_ns: int
    end_ns: int
    scope: str
    home: str
    """The process it was seen in."""
    name: str
    """Of the model or the tool."""
    id: str
    """Of the answer or of the tool call; empty when nobody said."""
    told_by: str = ""
    """Scopes that reported it again, each once: who reports twice reports two calls."""
    claimed: bool = False
    """Whether another report of it was found: then it stays what is counted."""
    gone: bool = False
    """Whether it is no call after all: one came that it stands above."""
    ours: bool = False
    """Whether our SDK or gateway reports it."""

    def is_within(self, span: Span) -> bool:
        """Whether one of the two took place during the other."""
        starts, ends = span.start_ns - self.start_ns, span.end_ns - self.end_ns
        outer = starts <= SKEW_NS and ends >= -SKEW_NS
        return outer or (starts >= -SKEW_NS and ends <= SKEW_NS)

    def is_near(self, span: Span) -> bool:
        """Whether both can have seen one call: in one trace or one process, or one of them is ours.

        What two strangers saw in two processes are two calls, however alike they are.
        """
        return self.trace_id == span.trace_id or self.home == home_of(span) or self.ours != bool(span.run)

    def is_same_answer(self, span: Span) -> bool:
        """Whether a span with the same id of the answer tells of this call.

        Within a process ids are unique for as long as anybody looks. Another process tells of the same call
        only as what stands between, as a gateway: in other words, and at the same time.
        """
        if home_of(span) == self.home:
            return span.start_ns - NEAR_NS <= self.end_ns and self.start_ns - NEAR_NS <= span.end_ns
        return span.scope != self.scope and self.is_within(span)

    def claim(self, span: Span, said: str) -> bool:
        """Take a span as another report of this call, if it can be one."""
        if span.scope == self.scope or f"\n{span.scope}\n" in self.told_by:
            return False
        if (said and self.id and said != self.id) or not self.is_within(span):
            return False
        self.told_by += f"\n{span.scope}\n"
        self.claimed = True
        return True


def report_of(span: Span, name: str, said: str) -> Report:
    """What is remembered of a counted span."""
    times = span.start_ns, span.end_ns
    home = home_of(span)
    return Report(span.trace_id, span.span_id, *times, span.scope, home, name, said, ours=bool(span.run))


def home_of(span: Span) -> str:
    """The process that a span was seen in, or its service where nobody says more."""
    return span.resource.get("service.instance.id") or span.service


class Reports:
    """Model calls that were counted."""

    def __init__(self) -> None:
        self._answers: Recent[str, Report] = Recent(REMEMBERED)
        self._alike: Recent[tuple[int, int], list[Report]] = Recent(REMEMBERED)

    def remember(self, span: Span) -> Report:
        """A call that is counted."""
        report = report_of(span, span.model, span.response_id)
        if span.response_id:
            self._answers.add(span.response_id, report)
        if span.usage:
            _add(self._alike, (span.tokens_in, span.tokens_out), report)
        return report

    def find(self, span: Span) -> str:
        """The counted span that reports the same call; empty when there is none."""
        known = self._answers.get(span.response_id) if span.response_id else None
        if known is not None and not known.gone and known.is_same_answer(span):
            if known.span_id == span.span_id:
                return ""
            known.claimed = True
            return known.span_id
        if not span.usage:
            return ""
        for report in reversed(self._alike.get((span.tokens_in, span.tokens_out)) or ()):
            if report.span_id == span.span_id:
                return ""
            if report.gone or report.scope == span.scope or not report.is_near(span):
                continue
            if _same_model(report.name, span.model) and report.claim(span, span.response_id):
                return report.span_id
        return ""


class ToolReports:
    """Tool calls that were asked for or run, counted where they were first heard of."""

    def __init__(self) -> None:
        self._heard: Recent[tuple[str, str], str] = Recent(REMEMBERED)
        """Calls by id; the span that ran it, empty while it was only asked for."""
        self._open: Recent[tuple[str, str], int] = Recent(REMEMBERED)
        """How many calls of a tool were asked for in a trace and not yet run."""
        self._run: Recent[tuple[str, str], list[Report]] = Recent(REMEMBERED)
        self._above: Recent[tuple[str, str], Report] = Recent(REMEMBERED)

    def ask(self, span: Span, *, only_named: bool) -> int:
        """Take the calls that a model asks for; returns how many of them are new.

        Args:
            span: the model call.
            only_named: leave out calls without an id, which a wrapper only repeats.
        """
        new = 0
        for said, name in span.calls.items():
            without_id = said.startswith(f"{name}#")
            key = (span.span_id, said) if without_id else _key(span, said)
            if key in self._heard or (without_id and only_named):
                continue
            self._heard.add(key, "")
            new += 1
            place = (span.trace_id, _bare(name))
            self._open.add(place, (self._open.get(place) or 0) + 1)
        return new

    def run(self, span: Span) -> tuple[str, int]:
        """Take a tool's span: the counted span of the same call, if any, and how many calls are new by it."""
        name = _bare(span.target)
        key = _key(span, span.call_id) if span.call_id else None
        ran = self._heard.get(key) if key else None
        twin = self._twin(span, name) if not ran else None
        if ran and ran != span.span_id:
            return ran, 0
        if twin is not None:
            self._rise(span, twin)
            if key:
                self._heard.add(key, twin.span_id)
            return twin.span_id, 0
        return "", self._count(span, name, key, ran)

    def _count(self, span: Span, name: str, key: tuple[str, str] | None, ran: str | None) -> int:
        if ran == span.span_id:
            return 0  # the same span again: what was said inside came late
        report = report_of(span, name, span.call_id)
        _add(self._run, (span.trace_id, name), report)
        self._rise(span, report)
        place = (span.trace_id, name)
        waiting = self._open.get(place) or 0
        asked = ran is not None or (key is None and waiting > 0)
        if asked and waiting:
            self._open.add(place, waiting - 1)
        if key:
            self._heard.add(key, span.span_id)
        return 0 if asked else 1

    def _twin(self, span: Span, name: str) -> Report | None:
        below = self._above.get((span.trace_id, span.span_id))
        if below is not None and below.name == name:
            nested = below.scope != span.scope or "mcp.method.name" in span.attributes
            if nested and not (below.id and span.call_id and below.id != span.call_id):
                return below
        for report in reversed(self._run.get((span.trace_id, name)) or ()):
            if report.span_id != span.span_id and report.claim(span, span.call_id):
                return report
        return None

    def _rise(self, span: Span, report: Report) -> None:
        if span.parent_id:
            self._above.add((span.trace_id, span.parent_id), report)


def _add(kept: Recent[K, list[Report]], key: K, report: Report) -> None:
    found = kept.get(key)
    if found is None:
        kept.add(key, [report])
        return
    found.append(report)
    if len(found) > ALIKE_MAX:
        del found[0]


def _key(span: Span, said: str) -> tuple[str, str]:
    """By what a call is known: its id, within one process, because other processes may use the same ids."""
    return (home_of(span) if len(said) > SHORT_ID else span.trace_id, said)


def _bare(name: str) -> str:
    """A tool's own name, without that of the server it came from."""
    return name.rpartition("__")[2] if name.startswith("mcp__") else name


def _same_model(one: str, other: str) -> bool:
    return not one or not other or one.startswith(other) or other.startswith(one)
