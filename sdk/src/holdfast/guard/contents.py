"""Content on its way through the guard: read before a call is judged, and before its result is shown.

What rules want replaced is replaced before anything is judged, so what was judged is still what runs. Tokens
become values again only in the arguments of tools that a rule names, and before those are judged.
"""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final, cast

import msgspec

from holdfast.action import Kind
from holdfast.decision import Decision, Reason, Verdict
from holdfast.decision.content import Content, Objection, Place, apply, tokens
from holdfast.guard.step import Call, Step
from holdfast.guard.vault import Vault

RULE: Final = "holdfast:content"
UNREAD: Final = Objection("deny", (), "this could not be read for what it holds")
"""Our own failure is a refusal."""
PLACES: Final = {
    Kind.TOOL: Place.ARGUMENTS,
    Kind.DELEGATE: Place.ARGUMENTS,
    Kind.MESSAGE: Place.ARGUMENTS,
    Kind.MEMORY: Place.ARGUMENTS,
    Kind.MODEL: Place.REQUESTS,
    Kind.OUTPUT: Place.OUTPUT,
}
"""Where the arguments of an action stand; what begins a run is a person's own words."""
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
        arguments, restored = call.arguments, 0
        if content.restores_in(call.target):
            arguments, restored = tokens.replace(arguments, self._vault.finder(session))
        rules = tuple(rule for rule in content.at(place, call.target) if call.target not in rule.restore)
        if not rules:
            return (msgspec.structs.replace(call, arguments=arguments), ()) if restored else (call, ())
        reading = apply(arguments, rules, place=place, name=self._vault.namer(session))
        if not reading.changed and not restored:
            return call, reading.objections
        # What a provider is sent is not rewritten here: the arguments of a model call only describe it.
        kept = arguments if call.kind is Kind.MODEL else reading.value
        return msgspec.structs.replace(call, arguments=kept), reading.objections

    def show(self, step: Step, result: Any, content: Content) -> Any:
        """A tool's result as the model may see it."""
        rules = content.at(Place.RESULTS, step.action.target)
        if not rules or not isinstance(result, str | dict | list | tuple):
            return result
        session = step.run.session.id
        reading = apply(result, rules, place=Place.RESULTS, name=self._vault.namer(session))
        with self._lock:
            if len(self._labels) < RUNNING_MAX:
                self._labels[step.id] = reading.labels
        refused = next(iter(reading.objections), None)
        if refused is not None:
            return f"Withheld: {refused.message}"
        return reading.value if reading.changed else cast("Any", result)

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


def tighten(decision: Decision, objections: tuple[Objection, ...], *, approver: str) -> Decision:
    """The decision with what speaks against the content: it can only become stricter."""
    verdict = Verdict.DENY if any(one.do == "deny" for one in objections) else Verdict.ASK
    if not objections or decision.verdict in {Verdict.DENY, Verdict.HALT}:
        return decision
    cure = f"approval:{approver}" if verdict is Verdict.ASK else ""
    reasons = tuple(
        Reason(RULE, "content", one.message, cure if one.do == "ask" else "") for one in objections
    )
    return msgspec.structs.replace(
        decision,
        verdict=verdict,
        stage=decision.stage if decision.verdict is Verdict.ASK and verdict is Verdict.ASK else "content",
        reasons=(*reasons, *(decision.reasons if decision.verdict is Verdict.ASK else ())),
    )
