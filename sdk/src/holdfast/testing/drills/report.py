"""How results are told: a table for people, JSON for scripts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from holdfast.testing.drills.drill import Half, Result


def as_json(results: Iterable[Result]) -> dict[str, Any]:
    """The machine-readable report; `damage` is a number, `damage_text` says of what."""
    return {"drills": [_drill_json(result) for result in results]}


def print_table(results: Iterable[Result], console: Console) -> None:
    """The report for people: what happened without Holdfast, and with it."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, leading=1)
    for name in ("", "drill", "without Holdfast", "with Holdfast", "stopped by"):
        table.add_column(name, overflow="fold")
    for result in results:
        table.add_row(*_row(result))
    console.print(table)
    for result in results:
        _print_remarks(result, console)


def _row(result: Result) -> tuple[Text, ...]:
    before, after = result.ungoverned, result.governed
    name = _two_lines(result.drill.name, result.drill.framework, style="bold")
    if before is None or after is None:
        return (Text("skipped", style="yellow"), name, Text(result.skipped, style="dim"))
    mark = Text("ok", style="green") if result.ok else Text("broken", style="red")
    return (mark, name, _told(before), _told(after), _stop(after))


def _told(half: Half) -> Text:
    cost = "cost unknown" if half.cost_usd is None else f"${half.cost_usd:.4f}"
    return _two_lines(half.damage.text, f"{half.calls} calls · {cost}")


def _stop(half: Half) -> Text:
    if half.stopped_by is None:
        return Text("nothing", style="dim")
    return _two_lines(half.stopped_by, f"at step {half.stopped_at} · {half.seconds:.1f} s")


def _two_lines(first: str, second: str, *, style: str = "") -> Text:
    return Text.assemble((first, style), "\n", (second, "dim"))


def _print_remarks(result: Result, console: Console) -> None:
    if result.broken:
        console.print(f"[red]{result.drill.name}[/]: {result.broken}")
    for note in result.notes:
        console.print(f"[dim]{result.drill.name}: {note}[/]")


def _drill_json(result: Result) -> dict[str, Any]:
    drill = result.drill
    return {
        "name": drill.name,
        "ok": result.ok,
        "framework": drill.framework,
        "model": drill.model,
        "promise": drill.promise,
        "skipped": result.skipped or None,
        "broken": result.broken or None,
        "notes": list(result.notes),
        "ungoverned": _half_json(result.ungoverned),
        "governed": _half_json(result.governed),
    }


def _half_json(half: Half | None) -> dict[str, Any] | None:
    if half is None:
        return None
    return {
        "calls": half.calls,
        "cost_usd": half.cost_usd,
        "damage": half.damage.amount,
        "damage_text": half.damage.text,
        "seconds": round(half.seconds, 3),
        "stopped_by": half.stopped_by,
        "stopped_at": half.stopped_at,
        "ended": half.ended,
        "ledger_ok": half.ledger_ok,
    }
