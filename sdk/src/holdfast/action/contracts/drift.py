"""What changed between two contracts of one tool, by name: whoever reviewed the old one reads this."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, Literal, cast

import msgspec

from holdfast.action.action import Effect
from holdfast.action.contract import Contract

CHANGES_MAX: Final = 200
TEXT_MAX: Final = 2_000
WORDS: Final = frozenset({"description", "title", "examples", "example", "$comment"})
"""What a model reads and no validator does: a place for instructions that nobody reviewed."""
SCHEMAS: Final = ("parameters", "output")
TOLD: Final = ("description", "parameters", "output")
"""What a tool's own server says of it; everything else is said by whoever wrote the contract."""
MILDEST_FIRST: Final = tuple(Effect)
UNIMPORTANT: Final = frozenset({"tool", "origin", "inferred"})

About = Literal["words", "shape", "terms"]


class Change(msgspec.Struct, frozen=True):
    """One thing that differs."""

    path: str
    """Where, e.g. `parameters.properties.to.description`."""
    about: About
    """`words` a model reads, the `shape` of arguments or result, or the other `terms` of the contract."""
    before: Any = None
    """None when it was not there."""
    after: Any = None
    """None when it is gone."""
    loosens: bool = False
    """Whether the new contract asks for less care than the old one."""

    @property
    def told(self) -> str:
        """The change on one line."""
        verb = "added" if self.before is None else "removed" if self.after is None else "changed"
        return f"{self.path} {verb}{', which loosens' if self.loosens else ''}"


class Drift(msgspec.Struct, frozen=True):
    """Two contracts of one tool that are not the same."""

    tool: str
    old: str
    """Fingerprint of the contract that was known."""
    new: str
    changes: tuple[Change, ...]
    """At most `CHANGES_MAX`, in the order of the fields."""
    more: bool = False
    """Whether there are changes beyond those named."""

    @property
    def loosens(self) -> bool:
        """Whether anything asks for less care than before."""
        return any(change.loosens for change in self.changes)


def drift(old: Contract, new: Contract, *, fields: tuple[str, ...] | None = None) -> Drift | None:
    """What changed from one contract to the other; None when nothing did.

    Args:
        old: the contract that was known, and perhaps reviewed.
        new: the contract as it is now.
        fields: compare only these; `TOLD` is what the tool itself says.
    """
    names = fields or tuple(name for name in Contract.__struct_fields__ if name not in UNIMPORTANT)
    changes: list[Change] = []
    for change in _changes(old, new, names):
        if len(changes) == CHANGES_MAX:
            return Drift(new.tool, old.fingerprint(), new.fingerprint(), tuple(changes), more=True)
        changes.append(change)
    if not changes:
        return None
    return Drift(new.tool, old.fingerprint(), new.fingerprint(), tuple(changes))


def _changes(old: Contract, new: Contract, names: tuple[str, ...]) -> Iterator[Change]:
    for name in names:
        before, after = getattr(old, name), getattr(new, name)
        if before == after:
            continue
        if name in SCHEMAS:
            yield from _in_schema(name, before, after, depth=0)
        elif name == "description":
            yield Change(name, "words", _short(before), _short(after))
        else:
            loosens = _loosens(name, before, after)
            yield Change(name, "terms", msgspec.to_builtins(before), msgspec.to_builtins(after), loosens)


def _in_schema(path: str, before: Any, after: Any, *, depth: int) -> Iterator[Change]:
    if before == after:
        return
    if depth < 32 and isinstance(before, Mapping) and isinstance(after, Mapping):
        olds, news = cast("Mapping[str, Any]", before), cast("Mapping[str, Any]", after)
        for word in sorted({*olds, *news}):
            yield from _in_schema(f"{path}.{word}", olds.get(word), news.get(word), depth=depth + 1)
        return
    word = path.rpartition(".")[2]
    inside = path.rpartition(".")[0].rpartition(".")[2]
    # Under `properties` the word is an argument's own name, whatever it is called.
    about: About = "words" if word in WORDS and inside != "properties" else "shape"
    opens = word == "additionalProperties" and before is False
    fewer = word == "required" and isinstance(before, list) and not set(_list(before)) <= set(_list(after))
    yield Change(path, about, _short(before), _short(after), opens or fewer)


def _loosens(name: str, before: Any, after: Any) -> bool:
    judge = LOOSENS.get(name)
    return judge is not None and bool(judge(before, after))


def _loses(before: Any, after: Any) -> bool:
    return any(one not in after for one in before)


def _rises(before: Any, after: Any) -> bool:
    """Whether more calls fit into the same time."""
    return before and (not after or after.calls * before.per_s > before.calls * after.per_s)


LOOSENS: Final[Mapping[str, Callable[[Any, Any], object]]] = {
    "effect": lambda before, after: MILDEST_FIRST.index(after) < MILDEST_FIRST.index(before),
    "reversible": lambda _, after: after,
    "idempotent": lambda _, after: after,
    "open": lambda _, after: after,
    "egress": lambda _, after: not after,
    "critical": _loses,
    "payload": _loses,
    "output_labels": _loses,
    "postconditions": _loses,
    "idempotency_key": _loses,
    "timeout_s": lambda before, after: before and (not after or after > before),
    "rate": _rises,
    "retries": lambda before, after: after and (not before or after.times > before.times),
    "compensation": lambda _, after: after is None,
    "cost_micro_usd": lambda before, after: after < before,
}
"""By field: whether the second value asks for less care than the first."""


def _list(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []


def _short(value: Any) -> Any:
    """A value small enough to show."""
    if isinstance(value, str):
        return value if len(value) <= TEXT_MAX else value[:TEXT_MAX] + "…"
    if isinstance(value, Mapping | list):
        text = msgspec.json.encode(value).decode()
        return cast("Any", value) if len(text) <= TEXT_MAX else text[:TEXT_MAX] + "…"
    return value
