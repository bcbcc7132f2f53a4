"""Doors: where a framework is patched, when, and how it is given back.

Classes are patched, never instances or module-level names that users may have imported before. No framework
is imported for the user: what is loaded is patched now, the rest as soon as the user imports it.
"""

from __future__ import annotations

import importlib.metadata
import inspect
import logging
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, Final, Literal, cast

from holdfast.errors import Misconfigured

log = logging.getLogger("holdfast")

Status = Literal["on", "ready", "absent", "off", "failed"]
"""`ready`: installed, and patched as soon as it is imported."""
_MISSING: Final = object()


class Patches:
    """What was replaced, so that it can be put back."""

    def __init__(self) -> None:
        self._undo: list[Callable[[], None]] = []

    def replace(
        self, owner: Any, name: str, make: Callable[[Any], Any], *, expects: Sequence[str] = ()
    ) -> None:
        """Put `make(original)` in the place of `owner.name`.

        Args:
            owner: the class, or module, that holds it.
            name: what to replace.
            make: gets the original, returns what stands in for it.
            expects: parameters that the original must have; another signature is another method.

        Raises:
            Misconfigured: this is not the method that we know.
        """
        where = f"{getattr(owner, '__module__', '')}.{getattr(owner, '__qualname__', owner)}.{name}"
        original = getattr(owner, name, None)
        if original is None:
            raise Misconfigured(f"{where} does not exist in this version")
        known = inspect.signature(original).parameters
        if missing := [one for one in expects if one not in known]:
            raise Misconfigured(f"{where} takes no {missing[0]!r} in this version")
        own: Any = _own(owner, name)
        replacement = make(original)
        setattr(owner, name, replacement)
        self._undo.append(lambda: _put_back(owner, name, own, replacement))

    def undo(self) -> None:
        """Put everything back, last first; what somebody else replaced since then is left alone."""
        while self._undo:
            self._undo.pop()()


def _put_back(owner: Any, name: str, own: Any, replacement: Any) -> None:
    if _own(owner, name) is not replacement:
        return
    if own is _MISSING:
        delattr(owner, name)
    else:
        setattr(owner, name, own)


def _own(owner: Any, name: str) -> Any:
    """What the class or module itself holds, not what it inherits."""
    return cast("Mapping[str, Any]", vars(owner)).get(name, _MISSING)


Patch = Callable[[ModuleType, Patches], None]


@dataclass(frozen=True)
class Door:
    """One framework: what to patch in which of its modules."""

    name: str
    package: str
    """The distribution whose version counts."""
    tested: tuple[str, ...]
    """Beginnings of the versions that the tests ran with."""
    points: Mapping[str, Patch]
    """Module → what to do once it is loaded."""
    covers: str
    """What it governs, for `holdfast doctor`."""


@dataclass
class Installed:
    """A door and how it stands."""

    door: Door
    patches: Patches = field(default_factory=Patches)
    applied: set[str] = field(default_factory=set[str])
    error: str = ""
    wanted: bool = True

    @property
    def version(self) -> str:
        """The installed version of the framework; empty when it is not there."""
        try:
            return importlib.metadata.version(self.door.package)
        except importlib.metadata.PackageNotFoundError:
            return ""

    @property
    def tested(self) -> bool:
        """Whether the tests ran with a version like this."""
        return any(self.version == one or self.version.startswith(one + ".") for one in self.door.tested)

    @property
    def status(self) -> Status:
        """How it stands."""
        if not self.wanted:
            return "off"
        if self.error:
            return "failed"
        if self.applied:
            return "on"
        return "ready" if self.version else "absent"

    def apply(self, module: ModuleType) -> None:
        """Patch one module; what fails is said loudly and shown by `holdfast doctor`."""
        if module.__name__ in self.applied:
            return
        try:
            self.door.points[module.__name__](module, self.patches)
            self.applied.add(module.__name__)
        except Exception as error:
            self.error = str(error)
            log.exception("holdfast: %s %s is NOT governed", self.door.name, self.version)


class Doors(MetaPathFinder):
    """All doors of this process, and the hook that opens them on import."""

    def __init__(self, doors: Sequence[Door]) -> None:
        self._known = {door.name: Installed(door) for door in doors}
        self._lock = threading.RLock()
        self._open = False

    @property
    def all(self) -> tuple[Installed, ...]:
        """Every door, as it stands."""
        return tuple(self._known.values())

    def open(self, which: Sequence[str] | bool) -> None:
        """Govern what is loaded, and the rest when it is imported.

        Raises:
            Misconfigured: a named door does not exist, or cannot be opened though it was asked for by name.
        """
        named = () if isinstance(which, bool) else tuple(which)
        if unknown := [name for name in named if name not in self._known]:
            raise Misconfigured(
                f"no integration {unknown[0]!r}", hint=f"There are: {', '.join(self._known)}."
            )
        with self._lock:
            for name, one in self._known.items():
                one.wanted = name in named if named else bool(which)
                one.error = ""
            if not self._open:
                sys.meta_path.insert(0, self)
                self._open = True
            for name in [*self._watched()]:
                module = sys.modules.get(name)
                if module is not None and not _is_loading(module):
                    self._loaded(module)
        if failed := [one for one in self.all if one.door.name in named and one.error]:
            raise Misconfigured(f"{failed[0].door.name}: {failed[0].error}", hint="See `holdfast doctor`.")

    def close(self) -> None:
        """Give every framework back as it was."""
        with self._lock:
            if self._open:
                sys.meta_path.remove(self)
                self._open = False
            for one in self._known.values():
                one.patches.undo()
                one.applied.clear()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Let the others find the module, and open the doors in it once it is loaded."""
        if fullname not in self._watched():
            return None
        spec = next(
            filter(None, (_ask(f, fullname, path, target) for f in sys.meta_path if f is not self)), None
        )
        if spec is None or spec.loader is None or not hasattr(spec.loader, "exec_module"):
            return spec
        load = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            load(module)
            self._loaded(module)

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]  # for this one module only
        return spec

    def _watched(self) -> set[str]:
        return {module for one in self._known.values() if one.wanted for module in one.door.points}

    def _loaded(self, module: ModuleType) -> None:
        with self._lock:
            if not self._open:
                return
            for one in self._known.values():
                if one.wanted and module.__name__ in one.door.points:
                    one.apply(module)


def _ask(
    finder: Any, fullname: str, path: Sequence[str] | None, target: ModuleType | None
) -> ModuleSpec | None:
    find = getattr(finder, "find_spec", None)
    return find(fullname, path, target) if find is not None else None


def _is_loading(module: ModuleType) -> bool:
    spec = getattr(module, "__spec__", None)
    return bool(getattr(spec, "_initializing", False))
