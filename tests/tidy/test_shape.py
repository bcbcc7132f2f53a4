"""The two figures of `make shape` that are promises, and the sizes that no file may pass."""

from __future__ import annotations

import pytest
from scripts import shape

FILE_LINES_MAX = 600
FUNCTION_LINES_MAX = 70
sides = pytest.mark.parametrize("side", shape.PACKAGES)


@sides
def test_nothing_imports_in_a_circle_at_any_depth(side: str) -> None:
    assert shape.cycles(shape.read_package(shape.PACKAGES[side])) == []


def test_a_circle_through_a_deferred_import_is_seen(tmp_path) -> None:
    package = tmp_path / "pack"
    (package / "low").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "low" / "__init__.py").write_text("")
    (package / "low" / "one.py").write_text("def later():\n    from pack.high import two\n    return two\n")
    (package / "high.py").write_text("from pack.low.one import later\ntwo = later\n")
    assert ["pack.high", "pack.low.one"] in shape.cycles(shape.read_package(package))


@sides
def test_every_function_is_fully_typed(side: str) -> None:
    untyped = [
        f"{module.path}:{function.lineno} {function.name}"
        for module in shape.read_package(shape.PACKAGES[side])
        for function in module.functions()
        if not shape.is_typed(function)
    ]
    assert untyped == []


@sides
def test_every_public_name_is_documented(side: str) -> None:
    modules = shape.read_package(shape.PACKAGES[side])
    silent = [
        f"{m.path}:{node.lineno} {node.name}" for m in modules for node in m.public() if not documented(node)
    ]
    assert silent == []


@sides
def test_every_module_says_what_it_is_for(side: str) -> None:
    modules = shape.read_package(shape.PACKAGES[side])
    assert [str(module.path) for module in modules if not documented(module.tree)] == []


@sides
def test_no_file_is_two_and_no_function_leaves_the_screen(side: str) -> None:
    modules = shape.read_package(shape.PACKAGES[side])
    long_files = [f"{m.path}: {m.lines}" for m in modules if m.lines > FILE_LINES_MAX]
    long_functions = [
        f"{module.path}:{function.lineno} {function.name}: {shape.length(function)}"
        for module in modules
        for function in module.functions()
        if shape.length(function) > FUNCTION_LINES_MAX
    ]
    assert long_files + long_functions == []


def test_no_file_of_the_console_is_two() -> None:
    assert [str(path) for path in shape.console_files() if shape.count_lines(path) > FILE_LINES_MAX] == []


def test_the_front_door_has_few_names() -> None:
    front = shape.read_package(shape.PACKAGES["sdk"])[0]
    assert front.name == "holdfast"
    assert len(shape.exported(front)) <= 25


def documented(node: shape.ast.AST) -> bool:
    return bool(shape.ast.get_docstring(node))
