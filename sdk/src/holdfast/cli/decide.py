"""`holdfast decide`: one decision on one action, explained; nothing is run and nothing is recorded."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click
import msgspec

from holdfast.cli.exits import of_verdict
from holdfast.cli.printing import VERDICT_COLOURS, print_json
from holdfast.errors import Invalid

if TYPE_CHECKING:
    from holdfast.decision import Decision, Explanation

INPUT_BYTES_MAX = 1024 * 1024


@click.command()
@click.argument("file", type=click.File("rb"), default="-", metavar="[FILE]")
@click.option("--policies", type=click.Path(path_type=Path), metavar="PATH",
              help="Judge by this file or folder; otherwise like `holdfast policy check`.")  # fmt: skip
@click.option("--explain", is_flag=True, help="Say why, and what would change it.")
@click.option("--json", "as_data", is_flag=True, help="Print JSON, as whenever no terminal reads it.")
@click.pass_context
def decide(
    ctx: click.Context, *, file: BinaryIO, policies: Path | None, explain: bool, as_data: bool
) -> None:
    """Judge one action, as an agent's guard would.

    The action stands in FILE or on standard input, as JSON: {"tool": …, "arguments": {…}} and, if you
    like, kind, target, agent, person, session, chain, labels, endorse, approvals, contract, estimate.

    Exits with 0 for allow and transform, 3 for ask, 4 for deny, 5 for halt.
    """
    from holdfast.cli.policies import compile_policies
    from holdfast.cli.question import parse_question, prepare
    from holdfast.decision import Situation
    from holdfast.decision import decide as judge
    from holdfast.decision import explain as why

    question = parse_question(_read(file))
    bundle, _ = compile_policies(policies)
    asked = prepare(question, bundle)
    here = Situation(
        asked.action, asked.session, asked.bundle, now_ns=time.time_ns(), approvals=asked.approvals
    )
    decision = judge(
        here.action, here.session, here.bundle,
        now_ns=here.now_ns, approvals=here.approvals, tick=time.perf_counter_ns,
    )  # fmt: skip
    explanation = why(decision, here) if explain else None
    if as_data or not sys.stdout.isatty():
        print_json({**as_json(decision, explanation), "notes": list(asked.notes)})
    else:
        _print(decision, explanation)
        for note in asked.notes:
            click.secho(note, dim=True)
    ctx.exit(of_verdict(decision.verdict))


def as_json(decision: Decision, explanation: Explanation | None) -> dict[str, Any]:
    """A decision as scripts read it."""
    return {
        "verdict": decision.verdict.value,
        "reasons": [
            {"rule": r.rule, "category": r.category, "message": r.message, "cure": r.cure}
            for r in decision.reasons
        ],
        "obligations": list(decision.obligations),
        "took_us": decision.took_ns / 1_000,
        "bundle": decision.bundle,
        "stage": decision.stage,
        "roles": list(decision.roles),
        "arguments": decision.arguments,
        "digest": decision.digest,
        "labels": list(decision.labels),
        "unendorsed": list(decision.unendorsed),
        "errors": list(decision.errors),
        **({} if explanation is None else {"explanation": msgspec.to_builtins(explanation.sections)}),
    }


def _read(file: BinaryIO) -> bytes:
    text = file.read(INPUT_BYTES_MAX + 1)
    if len(text) > INPUT_BYTES_MAX:
        raise Invalid(f"the action is larger than {INPUT_BYTES_MAX} bytes")
    if not text.strip():
        raise Invalid("there is no action", hint='Try: echo \'{"tool": "search"}\' | holdfast decide')
    return text


def _print(decision: Decision, explanation: Explanation | None) -> None:
    verdict = click.style(decision.verdict.value, fg=VERDICT_COLOURS[decision.verdict], bold=True)
    click.echo(f"{verdict}  {decision.took_ns / 1_000:.1f} µs, bundle {decision.bundle[:12]}")
    for reason in decision.reasons:
        cure = f"  → {reason.cure}" if reason.cure else ""
        click.echo(f"  {reason.rule}: {reason.message}{cure}")
    for told in (*decision.obligations, *decision.errors):
        click.echo(f"  {told}")
    for section in explanation.sections if explanation else ():
        click.echo(f"\n{click.style(section.title, bold=True)}\n{section.text}")
