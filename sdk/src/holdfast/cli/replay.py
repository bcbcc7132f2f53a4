"""`holdfast replay`: go through a recorded run again, and see what one change would have made of it."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from holdfast.cli.exits import Exit
from holdfast.cli.printing import duration, json_option, print_facts, print_json, usd
from holdfast.cli.server import Server, asks_server, segment
from holdfast.errors import Invalid, NotFound
from holdfast.record.recording import Answering, Fork, Recording, ReplayPlan, ReplayReport

PLAN: Final = "HOLDFAST_REPLAY"
SHOWN: Final = 10
"""Names of a list that are printed."""
EDITS: Final = ("answer", "result", "message", "system")


@click.command()
@click.argument("run", metavar="RUN")
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED, metavar="-- COMMAND…")
@click.option("--from", "step", default="", metavar="STEP", help="Leave the recording at this step.")
@click.option("--answer", help="What the model says in that step.")
@click.option("--result", help="What the tool returns in that step; data as JSON.")
@click.option("--message", help="What the person's last message says from that step on.")
@click.option("--system", help="What the instructions say from that step on.")
@click.option("--policies", type=click.Path(exists=True, path_type=Path), help="Judge it by these policies.")
@click.option(
    "--models",
    type=click.Choice(["live", "recorded"]),
    default="live",
    show_default=True,
    help="Who answers from that step on.",
)
@click.option(
    "--tools",
    type=click.Choice(["recorded", "live"]),
    default="recorded",
    show_default=True,
    help="What tools do from that step on: return what the same call returned, or really run.",
)
@json_option
@asks_server
def replay(
    server: Server,
    *,
    run: str,
    command: tuple[str, ...],
    step: str,
    policies: Path | None,
    models: Answering,
    tools: Answering,
    as_data: bool,
    **edits: str | None,
) -> None:
    """Go through a recorded run again with the program that made it, and compare.

    COMMAND starts the program, as it was started for RUN. Up to --from (without it, to the end) models answer
    and tools return what is recorded; nothing that is recorded happens again. Then one thing is otherwise:
    an answer, a result, a message, or the policies. Tools still do nothing new unless --tools live says so.

    Exit codes: the program's own when it fails; 1 when it did not ask for what is recorded.
    """
    fork = _fork(step, edits)
    answer = server.get(f"/v1/runs/{segment(run)}/recording")
    recording = msgspec.convert(answer, Recording, strict=False)
    if fork is not None and all(one.id != fork.step for one in recording.steps):
        raise NotFound(
            f"step {step[:64]} is no call of a model or tool that ran in {run[:64]}",
            hint=f"List them: holdfast runs show {run[:64]}",
        )
    with tempfile.TemporaryDirectory(prefix="holdfast-replay-") as folder:
        report_file = Path(folder, "report.json")
        judged_by = str(policies.resolve()) if policies is not None else ""
        plan = ReplayPlan(recording, fork, models, tools, judged_by, str(report_file))
        status = _run(command, plan, Path(folder, "plan.json"))
        if not report_file.exists():
            raise Invalid(
                f"the program ended with {status} and replayed nothing",
                hint="It must call holdfast.init() and end by itself.",
            )
        report = msgspec.json.decode(report_file.read_bytes(), type=ReplayReport)
    comparison = _compare(server, run, report)
    if as_data:
        print_json({"run": run, "status": status, **msgspec.to_builtins(report), "comparison": comparison})
    else:
        _print(run, report, comparison)
    fits = not (report.unused or report.drifted) and (fork is None or report.forked)
    raise SystemExit(status or (Exit.OK if fits else Exit.FAILED))


def _fork(step: str, edits: Mapping[str, str | None]) -> Fork | None:
    given = {name: text for name, text in edits.items() if text is not None}
    if not step:
        if given:
            raise Invalid(f"--{next(iter(given))} needs the step it is about", hint="Say --from STEP.")
        return None
    if {"answer", "result"} <= given.keys():
        raise Invalid("a step is a call of a model or of a tool", hint="Give --answer or --result.")
    return Fork(step, **given)


def _run(command: tuple[str, ...], plan: ReplayPlan, file: Path) -> int:
    file.write_bytes(msgspec.json.encode(plan))
    file.chmod(0o600)
    environment = {**os.environ, PLAN: str(file)}
    try:
        return subprocess.run(command, env=environment, check=False).returncode  # noqa: S603  # the user's own command
    except OSError as error:
        raise Invalid(f"{command[0]} cannot be started: {error.strerror}") from error


def _compare(server: Server, run: str, report: ReplayReport) -> dict[str, Any] | None:
    """The server's comparison with the run that was made, when it knows that run."""
    for made in report.runs[:1]:
        try:
            return server.get(f"/v1/runs/{segment(run)}/compare", {"with": made})
        except NotFound:
            return None
    return None


def _print(run: str, report: ReplayReport, comparison: Mapping[str, Any] | None) -> None:
    print_facts(
        {
            "recorded": run,
            "replayed": report.runs[0] if report.runs else "no run began",
            "served": f"{report.served} calls from the recording, {report.live} really made",
            "drifted": _listed(report.drifted),
            "not asked for": _listed(report.unused),
            "not recorded": _listed(report.missing),
            **dict(_told(comparison)),
        }
    )


def _told(comparison: Mapping[str, Any] | None) -> Iterator[tuple[str, str]]:
    if comparison is None:
        return
    for side, name in (("left_run", "before"), ("right_run", "now")):
        run: Mapping[str, Any] = comparison[side]
        cost, took = usd(run["cost_usd"], unpriced=run["unpriced_calls"]), duration(run["duration_ms"])
        yield name, f"{run['state']}, {run['steps']} steps, {cost}, {took}"
    yield "difference", str(comparison["text"])


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
