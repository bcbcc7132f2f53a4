from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from holdfast.errors import Misconfigured
from holdfast.guard.doors import Door, Doors, Patches

NAME = "holdfast_test_framework"


class Base:
    def run(self, task: str) -> str:
        return task


class Child(Base): ...


def louder(original: Any) -> Any:
    return lambda self, task: original(self, task).upper()


def patch(module: ModuleType, patches: Patches) -> None:
    patches.replace(module.Runner, "run", louder, expects=("self", "task"))


def patch_another(module: ModuleType, patches: Patches) -> None:
    patches.replace(module.Runner, "run", louder, expects=("nobody",))


@pytest.fixture
def framework(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    (tmp_path / f"{NAME}.py").write_text("class Runner:\n    def run(self, task):\n        return task\n")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    yield NAME
    sys.modules.pop(NAME, None)


def open_doors(how: Any = patch) -> Doors:
    return Doors([Door("test", "pytest", ("9",), {NAME: how}, "nothing")])


def test_what_is_replaced_is_put_back() -> None:
    patches = Patches()
    patches.replace(Child, "run", louder)
    assert Child().run("a") == "A"
    assert Base().run("a") == "a"
    patches.undo()
    assert "run" not in vars(Child)
    assert Child().run("a") == "a"


def test_what_somebody_else_replaced_since_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    patches = Patches()
    monkeypatch.setattr(Base, "run", Base.run)
    patches.replace(Base, "run", louder)
    theirs = Base.run
    Base.run = lambda self, task: theirs(self, task) + "!"
    patches.undo()
    assert Base().run("a") == "A!"


def test_another_signature_is_another_method() -> None:
    with pytest.raises(Misconfigured, match="takes no 'nobody'"):
        Patches().replace(Base, "run", louder, expects=("nobody",))
    with pytest.raises(Misconfigured, match="does not exist"):
        Patches().replace(Base, "walk", louder)


def test_a_framework_is_patched_when_it_is_imported_and_not_before(framework: str) -> None:
    doors = open_doors()
    doors.open(True)
    try:
        assert framework not in sys.modules
        assert doors.all[0].status == "ready"
        assert importlib.import_module(framework).Runner().run("a") == "A"
        assert doors.all[0].status == "on"
    finally:
        doors.close()
    assert importlib.import_module(framework).Runner().run("a") == "a"


def test_a_framework_that_is_imported_already_is_patched_now(framework: str) -> None:
    module = importlib.import_module(framework)
    doors = open_doors()
    doors.open(True)
    assert module.Runner().run("a") == "A"
    doors.close()
    assert module.Runner().run("a") == "a"


def test_doors_open_again_after_they_were_closed(framework: str) -> None:
    module = importlib.import_module(framework)
    doors = open_doors()
    for _ in range(2):
        doors.open(True)
        assert module.Runner().run("a") == "A"
        doors.close()


def test_a_door_that_does_not_fit_never_breaks_the_users_import(
    framework: str, caplog: pytest.LogCaptureFixture
) -> None:
    doors = open_doors(patch_another)
    doors.open(True)
    try:
        assert importlib.import_module(framework).Runner().run("a") == "a"
        assert doors.all[0].status == "failed"
        assert "NOT governed" in caplog.text
    finally:
        doors.close()


def test_a_door_asked_for_by_name_must_open(framework: str) -> None:
    importlib.import_module(framework)
    doors = open_doors(patch_another)
    try:
        with pytest.raises(Misconfigured, match="takes no 'nobody'"):
            doors.open(["test"])
    finally:
        doors.close()


def test_a_door_that_nobody_knows_is_an_error() -> None:
    with pytest.raises(Misconfigured, match="There are: test"):
        open_doors().open(["no_such"])


def test_a_door_that_is_not_wanted_stays_closed(framework: str) -> None:
    doors = open_doors()
    doors.open(False)
    try:
        assert importlib.import_module(framework).Runner().run("a") == "a"
        assert doors.all[0].status == "off"
    finally:
        doors.close()
