"""Print the shape of the code: sizes, types, documentation, import cycles, tests a line of source.

A mirror, not a gate: tests/tidy/test_shape.py asserts only that there are no cycles and all is typed.
Beside ours stands what STYLE aims at, taken from the best-proportioned code of the field.
"""

from __future__ import annotations

import ast
import dataclasses
import functools
import math
import statistics
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = {"sdk": ROOT / "sdk/src/holdfast", "server": ROOT / "server/src/holdfast_server"}
TESTS = {"sdk": ROOT / "sdk/tests", "server": ROOT / "server/tests"}
CONSOLE = ROOT / "ui/src"
GENERATED = (".gen.ts",)
Function = ast.FunctionDef | ast.AsyncFunctionDef
Graph = Mapping[str, set[str]]


@dataclasses.dataclass(frozen=True, slots=True)
class Module:
    """One source file, parsed."""

    name: str
    path: Path
    is_package: bool
    tree: ast.Module
    lines: int

    def functions(self) -> Iterator[Function]:
        """Every function and method in it, nested ones too."""
        return (node for node in ast.walk(self.tree) if isinstance(node, Function))

    def public(self) -> Iterator[Function | ast.ClassDef]:
        """The classes and functions a reader meets at its top, without the overloads of one."""
        for node in self.tree.body:
            named = isinstance(node, (Function, ast.ClassDef)) and not node.name.startswith("_")
            if named and not any("overload" in ast.unparse(word) for word in node.decorator_list):
                yield node


def main() -> int:
    """Print the table."""
    print(f"{'':22}{'sdk':>20}{'server':>20}{'aimed at':>20}")
    columns = {side: dict(describe(side)) for side in PACKAGES}
    aims = {
        "lines a file": "90 · 350 · 600",
        "functions a file": "5 · 20",
        "lines a function": "8 · 35 · 70",
        "typed": "100 %",
        "documented": "100 %",
        "names in __all__": "≤ 25",
        "import cycles": "0",
        "test : source": "≥ 1.2",
    }
    for row in columns["sdk"]:
        cells = "".join(f"{columns[side].get(row, ''):>20}" for side in PACKAGES)
        print(f"{row:22}{cells}{aims.get(row, ''):>20}")
    console = [count_lines(path) for path in console_files()]
    print(f"\n{'console':22}{len(console)} files, lines a file {spread(console)}")
    print("(median · 95th percentile · largest)")
    return 0


def describe(side: str) -> Iterator[tuple[str, str]]:
    """The rows of one package."""
    modules = read_package(PACKAGES[side])
    functions = [function for module in modules for function in module.functions()]
    public = [node for module in modules for node in module.public()]
    typed = sum(is_typed(function) for function in functions)
    documented = sum(ast.get_docstring(node) is not None for node in public)
    source = sum(module.lines for module in modules)
    tests = sum(count_lines(path) for path in TESTS[side].rglob("*.py"))
    yield "files", str(len(modules))
    yield "lines", str(source)
    yield "lines a file", spread([module.lines for module in modules])
    yield "functions a file", spread([len(list(module.functions())) for module in modules])
    yield "lines a function", spread([length(function) for function in functions])
    yield "typed", percent(typed, len(functions))
    yield "documented", percent(documented, len(public))
    yield "names in __all__", str(len(exported(modules[0])))
    yield "import cycles", str(len(cycles(modules)))
    yield "test : source", f"{tests / max(source, 1):.2f}"


@functools.cache
def read_package(folder: Path) -> list[Module]:
    """Every module of a package, the package itself first."""
    modules: list[Module] = []
    for path in sorted(folder.rglob("*.py"), key=lambda path: (len(path.parts), str(path))):
        if "console" in path.relative_to(folder).parts:
            continue
        parts = [folder.name, *path.relative_to(folder).with_suffix("").parts]
        is_package = parts[-1] == "__init__"
        text = path.read_text()
        name = ".".join(parts[:-1] if is_package else parts)
        modules.append(Module(name, path, is_package, ast.parse(text), len(text.splitlines())))
    return sorted(modules, key=lambda module: module.name)


def length(node: Function) -> int:
    """Lines of a function without its decorators."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


def is_typed(function: Function) -> bool:
    """Whether every parameter but self and cls, and the result, say their type."""
    given = function.args
    named = [*given.posonlyargs, *given.args, *given.kwonlyargs]
    rest = [argument for argument in (given.vararg, given.kwarg) if argument]
    asked = [argument for argument in [*named, *rest] if argument.arg not in {"self", "cls", "_cls", "__cls"}]
    return function.returns is not None and all(argument.annotation for argument in asked)


def exported(module: Module) -> list[str]:
    """The names a module's `__all__` lists."""
    for node in module.tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        is_all = any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets)
        if (
            is_all
            and isinstance(node, (ast.Assign, ast.AnnAssign))
            and isinstance(node.value, (ast.List, ast.Tuple))
        ):
            return [ast.literal_eval(item) for item in node.value.elts]
    return []


def cycles(modules: Sequence[Module]) -> list[list[str]]:
    """Groups that import each other: modules, and at every depth the siblings of one package.

    Deferred and type-only imports count, because a reader must hold those in mind too.
    """
    imports = import_graph(modules)
    found = list(knots(imports))
    packages = sorted(module.name for module in modules if module.is_package)
    for package in packages:
        found.extend(group for group in knots(siblings(package, imports)) if group not in found)
    return found


def import_graph(modules: Sequence[Module]) -> Graph:
    """Which module imports which, within the package."""
    known = {module.name for module in modules}
    return {
        module.name: {name for name in imported(module, known) if name != module.name} for module in modules
    }


def imported(module: Module, known: set[str]) -> Iterator[str]:
    """The known modules that one module imports, anywhere in its text."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom):
            base = absolute(module, node)
            for alias in node.names:
                deeper = f"{base}.{alias.name}"
                if deeper in known:
                    yield deeper
                elif base in known:
                    yield base


def absolute(module: Module, node: ast.ImportFrom) -> str:
    """The module that a `from … import` names, relative ones resolved."""
    if not node.level:
        return node.module or ""
    parents = module.name.split(".")
    kept = parents[: len(parents) - node.level + (1 if module.is_package else 0)]
    return ".".join([*kept, node.module] if node.module else kept)


def siblings(package: str, imports: Graph) -> Graph:
    """The import graph seen from one package: its children only."""
    depth = package.count(".") + 1
    seen: dict[str, set[str]] = defaultdict(set)
    for importer, targets in imports.items():
        child = child_of(package, importer, depth)
        for target in targets:
            other = child_of(package, target, depth)
            if child and other and child != other:
                seen[child].add(other)
    return seen


def child_of(package: str, name: str, depth: int) -> str | None:
    """The direct child of a package in which a module lies."""
    return ".".join(name.split(".")[: depth + 1]) if name.startswith(f"{package}.") else None


def knots(graph: Graph) -> Iterator[list[str]]:
    """Groups of more than one node that reach each other (graphs here are small, so closure is enough)."""
    reach = {node: reachable(node, graph) for node in graph}
    seen: set[str] = set()
    for node in sorted(graph):
        if node in seen or node not in reach[node]:
            continue
        group = sorted(other for other in reach[node] if node in reach.get(other, set()))
        seen.update(group)
        yield group


def reachable(start: str, graph: Graph) -> set[str]:
    """Everything one can come to from a node."""
    found: set[str] = set()
    waiting = list(graph.get(start, ()))
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting.extend(graph.get(node, ()))
    return found


def console_files() -> list[Path]:
    """The console's sources, without its tests and what is generated."""
    found = [path for path in CONSOLE.rglob("*") if path.suffix in {".ts", ".tsx", ".css"}]
    return [path for path in found if not path.name.endswith(GENERATED) and ".test." not in path.name]


def count_lines(path: Path) -> int:
    """Lines of a text file."""
    return len(path.read_text().splitlines())


def spread(values: Iterable[int]) -> str:
    """Median, 95th percentile and largest."""
    ordered = sorted(values)
    if not ordered:
        return "-"
    p95 = ordered[min(len(ordered) - 1, math.ceil(len(ordered) * 0.95) - 1)]
    return f"{statistics.median(ordered):.0f} · {p95} · {ordered[-1]}"


def percent(part: int, whole: int) -> str:
    """A share; the hundred is kept for all of them."""
    return "100 %" if part == whole else f"{min(part / whole * 100, 99.9):.1f} %"


if __name__ == "__main__":
    sys.exit(main())
