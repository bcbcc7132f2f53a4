"""A tool's contract, read off the Python function: type hints become JSON Schema, and the way back.

Arguments are judged as plain JSON data. What runs is that very data, converted to the annotated types;
objects that are no data (clients, connections) are left out of the contract by naming them in `inject`.
"""

from __future__ import annotations

import inspect
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any, Final, cast, get_type_hints

import msgspec

from holdfast.errors import Invalid, Misconfigured

_EMPTY: Final = inspect.Parameter.empty
_PLAIN: Final = frozenset({str, int, float, bool, type(None)})
_NAMED: Final = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
_VARIADIC: Final = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


class Shape:
    """How a function takes its arguments, and what JSON data they are."""

    def __init__(self, function: Callable[..., Any], inject: Iterable[str] = ()) -> None:
        """Read the signature.

        Raises:
            Misconfigured: a parameter has no JSON form, or `inject` names one that is not there.
        """
        self.name = getattr(function, "__name__", type(function).__name__)
        self.signature = inspect.signature(function)
        self.inject = frozenset(inject)
        if unknown := self.inject - set(self.signature.parameters):
            raise Misconfigured(f"{self.name} has no parameter {min(unknown)!r}", hint="Correct `inject`.")
        hints = _hints(function)
        parameters = self.signature.parameters.values()
        self._names = frozenset(self.signature.parameters)
        self._simple = all(p.kind in _NAMED for p in parameters)
        """Whether every parameter has a name to be called by; naming arguments is quick then."""
        self._positional = tuple(p.name for p in parameters if p.kind is _NAMED[0])
        self._defaults = {p.name: p.default for p in parameters if p.default is not _EMPTY}
        self._struct = msgspec.defstruct("Arguments", [self._field(p, hints) for p in self._data()])
        self.open = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in self._data())
        self.parameters = self._schema()

    def bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Name every argument: those that are data, defaults included, and those that are injected.

        Raises:
            TypeError: the call does not fit the signature, as Python would say.
        """
        named = (self._name_quickly(args, kwargs) if self._simple else None) or self._name(args, kwargs)
        injected = {name: named.pop(name) for name in self.inject if name in named} if self.inject else {}
        return {name: plain(value) for name, value in named.items()}, injected

    def _name_quickly(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any] | None:
        """Every argument by its name; None when the call does not fit, which `_name` says as Python would."""
        given = self._positional[: len(args)]
        if len(given) < len(args) or not kwargs.keys().isdisjoint(given):
            return None
        named = {**self._defaults, **dict(zip(given, args, strict=True)), **kwargs}
        return named if named.keys() == self._names else None

    def _name(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        bound = self.signature.bind(*args, **kwargs)
        bound.apply_defaults()
        named = dict(bound.arguments)
        for parameter in self.signature.parameters.values():
            if parameter.kind is inspect.Parameter.VAR_KEYWORD:
                named |= cast("dict[str, Any]", named.pop(parameter.name, {}))
        return named

    def is_call_of(self, judged: dict[str, Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
        """Whether these arguments are the judged ones, with defaults for the rest."""
        named, _ = self.bind(args, kwargs)
        rest = {name: value for name, value in named.items() if name not in judged}
        defaults = {name: plain(p.default) for name, p in self.signature.parameters.items()}
        return all(named.get(name, _EMPTY) == value for name, value in judged.items()) and all(
            defaults.get(name, _EMPTY) == value for name, value in rest.items()
        )

    def call(
        self, arguments: dict[str, Any], injected: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The judged arguments as the function wants them.

        Raises:
            Invalid: they cannot be converted to the annotated types.
        """
        try:
            typed = msgspec.convert(arguments, self._struct, strict=False, dec_hook=_rich)
        except msgspec.ValidationError as error:
            raise Invalid(f"{self.name}: {error}") from error
        values = msgspec.structs.asdict(typed) | injected
        if self._simple and values.keys() == self._names:
            return tuple([values.pop(name) for name in self._positional]), values
        bound = inspect.BoundArguments(self.signature, OrderedDict())
        for parameter in self.signature.parameters.values():
            if parameter.kind is inspect.Parameter.VAR_KEYWORD:
                known = set(self.signature.parameters)
                bound.arguments[parameter.name] = {k: v for k, v in arguments.items() if k not in known}
            elif parameter.name in values:
                bound.arguments[parameter.name] = values[parameter.name]
        return bound.args, bound.kwargs

    def _data(self) -> list[inspect.Parameter]:
        return [p for name, p in self.signature.parameters.items() if name not in self.inject]

    def _field(self, parameter: inspect.Parameter, hints: dict[str, Any]) -> tuple[str, Any, Any]:
        hint = hints.get(parameter.name, Any)
        if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            return (parameter.name, tuple[hint, ...], msgspec.field(default=()))
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            return (parameter.name, dict[str, hint], msgspec.field(default_factory=dict[str, Any]))
        if parameter.default is _EMPTY:
            return (parameter.name, hint, msgspec.NODEFAULT)
        return (parameter.name, hint, msgspec.field(default_factory=lambda: parameter.default))

    def _schema(self) -> dict[str, Any]:
        try:
            _, parts = msgspec.json.schema_components(
                [self._struct], schema_hook=_rich_schema, ref_template="#/$defs/{name}"
            )
        except TypeError as error:
            raise Misconfigured(
                f"{self.name}: {error}",
                hint="Name parameters that are objects rather than data in `inject=[...]`.",
            ) from error
        root = dict(parts.pop("Arguments"))
        root.pop("title", None)
        properties = dict(root.get("properties", {}))
        for parameter in self._data():
            if parameter.kind is inspect.Parameter.VAR_KEYWORD:
                properties.pop(parameter.name, None)
            elif parameter.kind not in _VARIADIC and parameter.default is not _EMPTY:
                properties[parameter.name] = {**properties[parameter.name], **_default(parameter.default)}
        root["properties"] = properties
        return {**root, "$defs": parts} if parts else root


def describe(function: Callable[..., Any]) -> str:
    """The first paragraph of the docstring, on one line."""
    return " ".join((inspect.getdoc(function) or "").partition("\n\n")[0].split())


def plain(value: Any) -> Any:
    """A value as the data it stands for; what stands for none stays as it is and is refused when judged."""
    if type(value) in _PLAIN or isinstance(value, str | int | float):
        return value
    try:
        return msgspec.to_builtins(value, enc_hook=_dump, str_keys=True)
    except (TypeError, ValueError, NotImplementedError, RecursionError):
        return value


def _default(value: Any) -> dict[str, Any]:
    data = plain(value)
    try:
        msgspec.json.encode(data)
    except (TypeError, ValueError):
        return {}
    return {"default": data}


def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    try:
        return get_type_hints(function, include_extras=True)
    except Exception as error:
        name = getattr(function, "__name__", function)
        raise Misconfigured(f"{name}: its type hints cannot be read: {error}") from error


def _dump(value: Any) -> Any:
    """Data of a model with `model_dump`, which is how pydantic's are recognised without importing it."""
    dump = getattr(value, "model_dump", None)
    if callable(dump):
        return dump(mode="json")
    raise NotImplementedError


def _rich(kind: type, value: Any) -> Any:
    validate = getattr(kind, "model_validate", None)
    if callable(validate):
        return validate(value)
    raise NotImplementedError


def _rich_schema(kind: type) -> dict[str, Any]:
    schema = getattr(kind, "model_json_schema", None)
    if callable(schema):
        return cast("dict[str, Any]", schema())
    raise NotImplementedError
