"""Contracts of plain Python functions: what their signatures say, suspicious defaults for the rest."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

from holdfast.action import Contract, Origin
from holdfast.action.contracts import Imported, Note, with_named
from holdfast.errors import Misconfigured
from holdfast.guard.signature import Shape, describe
from holdfast.guard.tools import contract_of


def read_python(source: str) -> Imported:
    """Import `module` or `module:function` and read the functions: a decorated one says its contract itself.

    Raises:
        Misconfigured: there is no such module or function, or a parameter is no data.
    """
    name, _, wanted = source.partition(":")
    module = _import(name)
    contracts: list[Contract] = []
    notes: list[Note] = []
    for function in _functions(module, wanted):
        written = contract_of(function)
        contract = written or read_function(function)
        contracts.append(contract)
        if written is None:
            notes.append(
                Note(contract.tool, "effect and labels are the suspicious defaults: say what it really does")
            )
    if not contracts:
        raise Misconfigured(f"{name} has no public functions of its own")
    return Imported(tuple(contracts), tuple(notes))


def read_function(function: Callable[..., Any]) -> Contract:
    """What a function's signature and docstring say."""
    shape = Shape(function)
    contract = Contract(
        shape.name,
        description=describe(function),
        parameters=shape.parameters,
        open=shape.open,
        origin=Origin.DECORATOR,
    )
    return with_named(contract)


def _import(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except Exception as error:
        raise Misconfigured(
            f"{name} cannot be imported: {type(error).__name__}: {error}",
            hint="Name it as Python does, e.g. shop.tools or shop.tools:refund.",
        ) from error


def _functions(module: ModuleType, wanted: str) -> Iterator[Callable[..., Any]]:
    if wanted:
        found: Any = module
        for part in wanted.split("."):
            found = getattr(found, part, None)
        if not callable(found):
            raise Misconfigured(f"{module.__name__} has no function {wanted}")
        yield found
        return
    for name, value in vars(module).items():
        own = getattr(value, "__module__", "") == module.__name__
        if own and inspect.isfunction(value) and not name.startswith("_"):
            yield value
