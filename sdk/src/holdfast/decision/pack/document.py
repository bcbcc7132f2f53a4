"""A YAML file as plain data that still knows where every value stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, TypeVar, cast

import msgspec
import yaml

from holdfast.decision.cedar import did_you_mean
from holdfast.decision.pack.choices import choices
from holdfast.errors import PolicySyntaxError

BYTES_MAX: Final = 1024 * 1024
DEPTH_MAX: Final = 24

Step = str | int
Path = tuple[Step, ...]
Read = TypeVar("Read")

_integer = re.compile(r"[-+]?[0-9]{1,19}").fullmatch
_number = re.compile(r"[-+]?[0-9]+\.[0-9]+(?:[eE][-+]?[0-9]{1,3})?").fullmatch
_at = re.compile(r" - at `(.*)`$")
_step = re.compile(r"\.([\w-]+)|\[([0-9]+|\.\.\.)\]")
_choice = re.compile(r"Invalid enum value '([^']*)'")
_unknown = re.compile(r"unknown field `([^`]*)`")
WORDS: Final[dict[str, Any]] = {"": None, "~": None, "null": None, "true": True, "false": False}
"""The bare words that are not text; `on` and `no` are text here, as in YAML 1.2."""


class Document:
    """A file's data and the place of every key and value in it."""

    def __init__(self, name: str, data: Any, places: dict[Path, tuple[int, int]]) -> None:
        self.name = name
        self.data = data
        self._places = places

    def problem(self, message: str, path: Path = (), *, hint: str = "") -> PolicySyntaxError:
        """The error to raise about the value at a path, or about the nearest thing around it."""
        while path not in self._places and path:
            path = path[:-1]
        line, column = self._places.get(path, (1, 1))
        return PolicySyntaxError(message, path=self.name, line=line, column=column, hint=hint)

    def place(self, path: Path) -> tuple[int, int]:
        """Line and column of a key or an item."""
        return self._places.get(path, (1, 1))

    def read(self, kind: type[Read], path: Path = ()) -> Read:
        """The value at a path as a type; what does not fit is an error where it stands."""
        value = self.data
        for step in path:
            value = value[step]
        try:
            return msgspec.convert({} if value is None else value, kind)
        except msgspec.ValidationError as error:
            raise self.misfit(str(error), kind, path) from error

    def misfit(self, message: str, kind: type, path: Path) -> PolicySyntaxError:
        """The error to raise about a value at a path that is not of its type.

        Args:
            message: what msgspec says.
            kind: the type.
            path: where the value stands.
        """
        found = _at.search(message)
        steps = _step.findall(found.group(1) if found else "")
        inner = [int(number) if number.isdigit() else name for name, number in steps]
        path = (*path, *inner)
        message = _at.sub("", message)
        word = _choice.search(message)
        if word:
            return self.problem(message, path, hint=did_you_mean(word.group(1), choices(kind, inner)))
        unknown = _unknown.search(message)
        if not unknown:
            return self.problem(message, path)
        fields = getattr(kind, "__struct_fields__", ())
        word = unknown.group(1)
        return self.problem(f"unknown key {word}", (*path, word), hint=did_you_mean(word, fields))


def read_document(text: str, *, name: str) -> Document:
    """Read one YAML document.

    Raises:
        PolicySyntaxError: at line and column; also for anchors, duplicate keys and what is too large.
    """
    if len(text) > BYTES_MAX:
        raise PolicySyntaxError(f"longer than {BYTES_MAX} characters", path=name, line=1, column=1)
    try:
        node = _compose(text, name)
    except yaml.MarkedYAMLError as error:
        raise _problem(name, error.problem or "not YAML", error.problem_mark) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise PolicySyntaxError(str(error), path=name, line=1, column=1) from error
    places: dict[Path, tuple[int, int]] = {}
    data: Any = _plain(node, (), places, name) if node is not None else {}
    return Document(name, data, places)


def _compose(text: str, name: str) -> yaml.Node | None:
    loader = yaml.SafeLoader(text)
    try:
        for event in cast("Iterator[yaml.Event]", yaml.parse(text, Loader=yaml.SafeLoader)):  # pyright: ignore[reportUnknownMemberType]  # stubs
            if isinstance(event, yaml.AliasEvent):
                raise _problem(name, "aliases are not supported", event.start_mark)
        return loader.get_single_node()
    finally:
        loader.dispose()  # pyright: ignore[reportUnknownMemberType]  # stubs


def _plain(node: yaml.Node, path: Path, places: dict[Path, tuple[int, int]], name: str) -> Any:
    places.setdefault(path, _place(node.start_mark))
    if len(path) > DEPTH_MAX:
        raise _problem(name, f"nested deeper than {DEPTH_MAX}", node.start_mark)
    if isinstance(node, yaml.SequenceNode):
        items = cast("list[yaml.Node]", node.value)
        return [_plain(item, (*path, n), places, name) for n, item in enumerate(items)]
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, places, name)
    return _scalar(cast("yaml.ScalarNode", node))


def _mapping(
    node: yaml.MappingNode, path: Path, places: dict[Path, tuple[int, int]], name: str
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in cast("list[tuple[yaml.Node, yaml.Node]]", node.value):
        if not isinstance(key, yaml.ScalarNode):
            raise _problem(name, "a key must be a word", key.start_mark)
        word = str(key.value)
        if word in found:
            raise _problem(name, f"the key {word} stands twice", key.start_mark)
        places[*path, word] = _place(key.start_mark)
        found[word] = _plain(value, (*path, word), places, name)
    return found


def _scalar(node: yaml.ScalarNode) -> Any:
    text = str(node.value)
    if node.style in {"'", '"', "|", ">"}:
        return text
    if text.lower() in WORDS:
        return WORDS[text.lower()]
    if _integer(text):
        return int(text)
    return float(text) if _number(text) else text


def _place(mark: yaml.Mark) -> tuple[int, int]:
    return mark.line + 1, mark.column + 1


def _problem(name: str, message: str, mark: yaml.Mark | None) -> PolicySyntaxError:
    line, column = _place(mark) if mark else (1, 1)
    return PolicySyntaxError(message, path=name, line=line, column=column)
