"""`holdfast explain`: why one decision came out as it did, and what would have let it pass."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import click
import msgspec

from holdfast import settings
from holdfast.cli.printing import VERDICT_COLOURS, print_json
from holdfast.cli.server import Server, segment
from holdfast.errors import Invalid, NotFound, Unavailable

if TYPE_CHECKING:
    from holdfast.decision.retelling import Retold

INPUT_BYTES_MAX: Final = 1024 * 1024


@click.command()
@click.argument("step", required=False)
@click.option("--file", "file", type=click.File("rb"), metavar="FILE",
              help="Explain the action in this file instead, judged now; - is standard input.")  # fmt: skip
@click.option("--policies", type=click.Path(path_type=Path), metavar="PATH",
              help="With --file: judge by this file or folder.")  # fmt: skip
@click.option("--arguments", type=click.File("rb"), metavar="FILE",
              help="The arguments of STEP, where only its ledger is at hand; they are checked.")  # fmt: skip
@click.option("--data", type=click.Path(path_type=Path), metavar="FOLDER", help="Look in this data folder.")
@click.option("--server", "url", metavar="URL", help="Ask this server; otherwise the one in the settings.")
@click.option("--json", "as_data", is_flag=True, help="Print JSON, as whenever no terminal reads it.")
@click.pass_context
def explain(
    ctx: click.Context,
    *,
    step: str | None,
    file: BinaryIO | None,
    policies: Path | None,
    arguments: BinaryIO | None,
    data: Path | None,
    url: str | None,
    as_data: bool,
) -> None:
    """Explain a decision: its rules and their version, inputs, labels, chain and timings.

    STEP is the id of a recorded step. With a server that is asked; without one, or with --data, the ledger
    of this machine tells what it can. What would have let it pass was tried by deciding again.
    """
    if (step is None) == (file is None):
        raise Invalid("name one step, or give one action with --file", hint="holdfast explain STEP")
    if file is not None:
        told = _of_file(file, policies)
    else:
        assert step is not None, "one of both is given"
        told = _of_step(ctx, step, url=url, data=data, arguments=arguments)
    if as_data or not sys.stdout.isatty():
        print_json(told)
    else:
        _print(told)


def as_json(retold: Retold) -> dict[str, Any]:
    """An explanation as scripts read it."""
    told = retold.explanation
    plain = msgspec.to_builtins(told)
    return {
        **plain,
        "would_pass_if": [
            {"text": one.text, "verdict": one.verdict.value, "changes": dict(one.changes)}
            for one in told.would_pass_if
        ],
        "sections": msgspec.to_builtins(told.sections),
        "exact": retold.exact,
        "notes": list(retold.notes),
    }


def _of_file(file: BinaryIO, policies: Path | None) -> dict[str, Any]:
    import time

    from holdfast.cli.policies import compile_policies
    from holdfast.cli.question import parse_question, prepare
    from holdfast.decision import Situation, decide
    from holdfast.decision import explain as why
    from holdfast.decision.retelling import Retold

    bundle, _ = compile_policies(policies)
    asked = prepare(parse_question(_read(file)), bundle)
    here = Situation(
        asked.action, asked.session, asked.bundle, now_ns=time.time_ns(), approvals=asked.approvals
    )
    decision = decide(
        here.action, here.session, here.bundle,
        now_ns=here.now_ns, approvals=here.approvals, tick=time.perf_counter_ns,
    )  # fmt: skip
    return as_json(Retold(why(decision, here), exact=True, notes=asked.notes))


def _of_step(
    ctx: click.Context, step: str, *, url: str | None, data: Path | None, arguments: BinaryIO | None
) -> dict[str, Any]:
    known = settings.load()
    address = url or ("" if data else known.server)
    if address:
        server = Server(address, key=known.access.key, transport=ctx.find_root().obj)
        try:
            return server.get(f"/v1/decisions/{segment(step)}/explanation")
        except (NotFound, Unavailable):
            # What is only in the ledger of this machine has perhaps not been shipped yet.
            if url:
                raise
    from holdfast.cli.recorded import retell_local

    given = None if arguments is None else _read(arguments)
    return as_json(retell_local(data or known.data, step, arguments=given))


def _read(file: BinaryIO) -> bytes:
    text = file.read(INPUT_BYTES_MAX + 1)
    if len(text) > INPUT_BYTES_MAX:
        raise Invalid(f"{file.name} is larger than {INPUT_BYTES_MAX} bytes")
    return text


def _print(told: dict[str, Any]) -> None:
    verdict = str(told["verdict"])
    click.secho(str(told["headline"]), fg=VERDICT_COLOURS.get(verdict), bold=True)
    for section in told.get("sections", ())[1:]:
        click.echo(f"\n{click.style(section['title'], bold=True)}\n{section['text']}")
    for note in told.get("notes", ()):
        click.secho(f"\n{note}", dim=True)
