"""`holdfast detect`: which detector would have spoken at which step of recorded runs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import click
import msgspec

from holdfast.cli.exits import Exit
from holdfast.cli.printing import RUNG_COLOURS, json_option, plural
from holdfast.decision.detectors.known import KNOWN

if TYPE_CHECKING:
    from holdfast.decision.alarms import Detectors
    from holdfast.decision.detectors.watching import Fired, Watched

LINE_BYTES_MAX: Final = 4 * 1024 * 1024
BAD_LINES_MAX: Final = 100
"""After so many lines that cannot be read, this is not such a file."""
_encode = msgspec.json.Encoder().encode


@click.command()
@click.argument("file", type=click.File("rb"), default="-", metavar="[FILE]")
@click.option("--policies", type=click.Path(path_type=Path), metavar="PATH",
              help="Take detectors and tools from here; otherwise like `holdfast policy check`.")  # fmt: skip
@click.option("--thresholds", type=click.Choice(sorted(KNOWN)), help="Judge as another project would.")
@json_option
@click.pass_context
def detect(
    ctx: click.Context, *, file: BinaryIO, policies: Path | None, thresholds: str | None, as_data: bool
) -> None:
    """Say which detector fires at which step of recorded runs, without running anything.

    FILE, or standard input, holds one step a line, the runs in any order:
    {"run", "step", "agent", "tool", "args", "result", "error"}; and, if you like, "kind" (call, message,
    person, compaction) and "tokens_in". With --json there is a line for each run once it is over:
    {"run", "fired": [{"detector", "step", "verdict"}]}.

    Exits with 2 when lines could not be read; they are named, and the others are judged.
    """
    from holdfast.decision.detectors.watching import Watch

    detectors, polls = _rules(policies, thresholds)
    watch, show = Watch(detectors, polling=polls), _Show(as_data=as_data)
    bad = 0
    for number, line in _lines(file):
        step = _read(line, number)
        if step is None:
            bad += 1
            if bad >= BAD_LINES_MAX:
                click.secho(f"holdfast: more than {BAD_LINES_MAX} bad lines, the rest is not read", err=True)
                break
            continue
        fired, over = watch.see(step)
        show.firing(step.run, fired)
        if over is not None:
            show.over(over)
    for run in watch.end():
        show.over(run)
    show.sum()
    ctx.exit(Exit.BAD_INPUT if bad else Exit.OK)


class _Show:
    """Prints a line for each run, or each firing as it happens and a sum at the end."""

    def __init__(self, *, as_data: bool) -> None:
        self._as_data = as_data
        self._runs = self._spoken = self._stopped = 0

    def firing(self, run: str | int, fired: list[Fired]) -> None:
        if self._as_data:
            return
        for one in fired:
            verdict = click.style(one.verdict, fg=RUNG_COLOURS[one.verdict], bold=True)
            click.echo(f"{run}  step {one.step}  {verdict}  {one.detector}: {one.message}")

    def over(self, run: Watched) -> None:
        self._runs += 1
        self._spoken += bool(run.fired)
        self._stopped += run.stopped is not None
        if self._as_data:
            click.echo(_encode(as_json(run)))

    def sum(self) -> None:
        if not self._as_data:
            told = f"{plural(self._runs, 'run')}, something to say of {self._spoken}, {self._stopped} stopped"
            click.secho(told, dim=True)


def as_json(run: Watched) -> dict[str, Any]:
    """What fired in one run, as scripts read it."""
    return {"run": run.run, "steps": run.steps, "fired": run.fired, "withdrawn": run.withdrawn}


def _rules(policies: Path | None, thresholds: str | None) -> tuple[Detectors, dict[str, int]]:
    from holdfast.cli.policies import compile_policies

    bundle, _ = compile_policies(policies)
    polls = {name: one.polling.max for name, one in bundle.contracts.items() if one.polling}
    return KNOWN[thresholds] if thresholds else bundle.detectors, polls


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Every line that is not empty, with its number; of one that is too long only the beginning."""
    number = 0
    while line := file.readline(LINE_BYTES_MAX + 1):
        number += 1
        rest = line
        while len(rest) > LINE_BYTES_MAX and not rest.endswith(b"\n"):
            rest = file.readline(LINE_BYTES_MAX + 1)
        if line.strip():
            yield number, line


def _read(line: bytes, number: int) -> Any:
    from holdfast.decision.detectors.steps import RecordedStep

    problem = ""
    if len(line) > LINE_BYTES_MAX:
        problem = f"longer than {LINE_BYTES_MAX} bytes"
    else:
        try:
            return msgspec.json.decode(line, type=RecordedStep)
        except (msgspec.MsgspecError, RecursionError) as error:
            problem = str(error)
    click.secho(f"line {number}: {problem}", err=True, fg="red")
    sys.stderr.flush()
    return None
