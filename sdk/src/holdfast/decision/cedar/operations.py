"""What compiled policies call: Cedar's operators, each checking the types its operands must have.

The compiler leaves a check out only where it can prove the type.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple, NoReturn

from holdfast.decision.cedar.values import (
    CedarError,
    Datetime,
    Duration,
    Entity,
    Record,
    key,
    long,
    make_set,
    same,
)


class Node(NamedTuple):
    """What a world knows of one entity."""

    attributes: Record
    tags: Record
    ancestors: frozenset[Entity]
    """The entity itself and everything it is in."""


World = Mapping[Entity, Node]
"""What is known of every entity that is more than its name."""
EMPTY: Final = Record()


def expect(value: Any, kind: type) -> Any:
    """The value, if it has exactly this type."""
    if type(value) is kind:
        return value
    raise CedarError(f"expected {kind.__name__}, got {type(value).__name__}")


def truth(value: Any) -> bool:
    """The value, if it is a Bool."""
    if value is True or value is False:
        return value
    raise CedarError(f"expected bool, got {type(value).__name__}")


def fail(message: str) -> NoReturn:
    """Stand where an expression cannot have a value."""
    raise CedarError(message)


def get(world: World, value: Any, name: str) -> Any:
    """`value.name`."""
    try:
        return _attributes(world, value, missing=None)[name]
    except KeyError as error:
        raise CedarError(f"no attribute {name}") from error


def has(world: World, value: Any, name: str) -> bool:
    """`value has name`."""
    return name in _attributes(world, value, missing=EMPTY)


def _attributes(world: World, value: Any, *, missing: Record | None) -> Record:
    if type(value) is Record:
        return value
    node = world.get(expect(value, Entity))
    if node is not None:
        return node.attributes
    if missing is None:
        raise CedarError(f"no entity {value}")
    return missing


def get_tag(world: World, value: Any, name: Any) -> Any:
    """`value.getTag(name)`."""
    node = world.get(expect(value, Entity))
    if node is None or expect(name, str) not in node.tags:
        raise CedarError(f"no tag {name}")
    return node.tags[name]


def has_tag(world: World, value: Any, name: Any) -> bool:
    """`value.hasTag(name)`."""
    node = world.get(expect(value, Entity))
    return expect(name, str) in (node.tags if node is not None else EMPTY)


def within(world: World, value: Any, group: Any) -> bool:
    """`value in group`, where the group is an entity or a set of them."""
    groups = (group,) if type(group) is Entity else expect(group, frozenset)
    for member in groups:
        expect(member, Entity)
    node = world.get(expect(value, Entity))
    ancestors: Iterable[Entity] = node.ancestors if node is not None else (value,)
    return any(ancestor in groups for ancestor in ancestors)


def is_type(value: Any, name: str) -> bool:
    """`value is Name`."""
    return expect(value, Entity).type == name


def _ordered(a: Any, b: Any) -> None:
    if type(a) is not type(b) or type(a) not in {int, Datetime, Duration}:
        raise CedarError(f"cannot order {type(a).__name__} and {type(b).__name__}")


def less(a: Any, b: Any) -> bool:
    """`a < b`."""
    _ordered(a, b)
    return a < b


def at_most(a: Any, b: Any) -> bool:
    """`a <= b`."""
    _ordered(a, b)
    return a <= b


def add(a: Any, b: Any) -> int:
    """`a + b`."""
    return long(expect(a, int) + expect(b, int))


def subtract(a: Any, b: Any) -> int:
    """`a - b`."""
    return long(expect(a, int) - expect(b, int))


def multiply(a: Any, b: Any) -> int:
    """`a * b`."""
    return long(expect(a, int) * expect(b, int))


def negate(a: Any) -> int:
    """`-a`."""
    return long(-expect(a, int))


def contains(group: Any, value: Any) -> bool:
    """`group.contains(value)`."""
    return key(value) in expect(group, frozenset)


def contains_any(a: Any, b: Any) -> bool:
    """`a.containsAny(b)`."""
    return not expect(a, frozenset).isdisjoint(expect(b, frozenset))


def contains_all(a: Any, b: Any) -> bool:
    """`a.containsAll(b)`."""
    return expect(a, frozenset) >= expect(b, frozenset)


def is_empty(group: Any) -> bool:
    """`group.isEmpty()`."""
    return not expect(group, frozenset)


def make_matcher(pattern: Iterable[str | Mapping[str, str]]) -> Callable[[str], bool]:
    """A `like` pattern as a function; linear in the text, whatever the pattern."""
    parts = [""]
    for piece in pattern:
        if isinstance(piece, str):
            parts.append("")
        else:
            parts[-1] += piece["Literal"]
    first, *rest = parts
    if not rest:
        return first.__eq__
    *middle, last = rest
    middle = [part for part in middle if part]

    def matches(text: str) -> bool:
        if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
            return False
        at, end = len(first), len(text) - len(last)
        for part in middle:
            found = text.find(part, at, end)
            if found < 0:
                return False
            at = found + len(part)
        return True

    return matches


def like(matches: Callable[[str], bool], value: Any) -> bool:
    """`value like pattern`."""
    return matches(expect(value, str))


def make_record(pairs: Iterable[tuple[str, Any]]) -> Record:
    """A record literal."""
    return Record(pairs)


RUNTIME: Final[Mapping[str, Any]] = {
    "truth": truth,
    "fail": fail,
    "get": get,
    "has": has,
    "get_tag": get_tag,
    "has_tag": has_tag,
    "within": within,
    "is_type": is_type,
    "same": same,
    "less": less,
    "at_most": at_most,
    "add": add,
    "subtract": subtract,
    "multiply": multiply,
    "negate": negate,
    "long": long,
    "contains": contains,
    "contains_any": contains_any,
    "contains_all": contains_all,
    "is_empty": is_empty,
    "like": like,
    "make_set": make_set,
    "make_record": make_record,
}
"""The names that compiled code may use; it has no builtins but these and `Exception`."""
