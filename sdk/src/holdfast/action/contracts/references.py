"""References inside a declared call: `$arguments.id` and `$result.items.0.id` stand for what comes later."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple, cast

from holdfast.errors import Invalid

MARK: Final = "$"
ROOTS: Final = ("arguments", "result")
DEPTH_MAX: Final = 16


class Reference(NamedTuple):
    """One reference: where it begins, and the way from there."""

    root: str
    steps: tuple[str, ...]

    def __str__(self) -> str:
        return MARK + ".".join((self.root, *self.steps))


def parse_reference(text: str) -> Reference | None:
    """The reference that a text is, or None when it is a plain value; `$$` begins a plain value with `$`.

    Raises:
        Invalid: it looks like a reference and is none.
    """
    if not text.startswith(MARK) or text.startswith(2 * MARK):
        return None
    root, *steps = text[1:].split(".")
    if root not in ROOTS or not all(steps) or len(steps) > DEPTH_MAX:
        raise Invalid(
            f"{text!r} is no reference",
            hint="Write $arguments.NAME or $result.NAME; a value that begins with $ begins with $$.",
        )
    return Reference(root, tuple(steps))


def find_references(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Reference]]:
    """Every reference in a value, with its place.

    Raises:
        Invalid: one of them is malformed.
    """
    if len(path) > DEPTH_MAX:
        raise Invalid(f"nested deeper than {DEPTH_MAX}")
    if isinstance(value, str):
        found = parse_reference(value)
        if found is not None:
            yield path, found
    elif isinstance(value, dict):
        for name, inner in cast("dict[str, Any]", value).items():
            yield from find_references(inner, (*path, name))
    elif isinstance(value, list | tuple):
        for place, inner in enumerate(cast("list[Any]", value)):
            yield from find_references(inner, (*path, str(place)))


def resolve(value: Any, known: Mapping[str, Any]) -> Any:
    """The value with every reference replaced by what it stands for.

    Args:
        value: as it was declared.
        known: the arguments and the result, by the name of their root.

    Raises:
        Invalid: a reference leads nowhere.
    """
    if isinstance(value, str):
        found = parse_reference(value)
        if found is not None:
            return look_up(known.get(found.root), found.steps, str(found))
        return value[1:] if value.startswith(2 * MARK) else value
    if isinstance(value, dict):
        return {name: resolve(inner, known) for name, inner in cast("dict[str, Any]", value).items()}
    if isinstance(value, list | tuple):
        return [resolve(inner, known) for inner in cast("list[Any]", value)]
    return value


def look_up(value: Any, steps: tuple[str, ...], told: str) -> Any:
    """What stands at the end of the way.

    Raises:
        Invalid: there is nothing.
    """
    for step in steps:
        if isinstance(value, Mapping) and step in value:
            value = cast("Mapping[str, Any]", value)[step]
        elif isinstance(value, list | tuple) and step.isdecimal() and int(step) < len(value):  # pyright: ignore[reportUnknownArgumentType]  # any JSON-like array
            value = cast("list[Any]", value)[int(step)]
        else:
            raise Invalid(f"{told} leads nowhere: there is no {step!r}")
    return value
