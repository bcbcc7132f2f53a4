"""`holdfast detectors`: how often the content detectors are right, and what they find in a text."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from holdfast.cli.printing import json_option, print_json, print_table
from holdfast.errors import Invalid

if TYPE_CHECKING:
    from holdfast.decision.content.measuring import Score

LINE_MAX = 4 * 1024 * 1024


@click.group()
def detectors() -> None:
    """Secrets, personal data, injected orders, hidden text: what finds them, and how well."""


@detectors.command()
@click.option(
    "--corpus", "corpora", multiple=True, type=click.Path(exists=True, path_type=Path),
    help="A folder of JSON lines to measure on, beside the shipped corpora; may be given again.",
)  # fmt: skip
@click.option("--groups", is_flag=True, help="Also by kind or source.")
@json_option
def report(*, corpora: tuple[Path, ...], groups: bool, as_data: bool) -> None:
    """Recall and false alarms with 95 % intervals, on each part of each corpus."""
    import msgspec

    from holdfast.record.corpora import report as measured

    scores = measured(corpora)
    if as_data:
        print_json({"items": msgspec.to_builtins(scores)})
        return
    rows = [row for score in scores for row in _rows(score, groups=groups)]
    print_table(("DETECTOR", "CORPUS", "PART", "N", "RECALL", "WITHOUT", "FALSE ALARMS", "PEER"), rows)


@detectors.command()
@click.option(
    "--family",
    "families",
    multiple=True,
    type=click.Choice(("secret", "pii", "injection", "invisible")),
    help="Look only for this family; may be given again.",
)
@click.option(
    "--person", is_flag=True, help="The text is a person's own words, not a document's or a tool's."
)
@click.option(
    "--redact", is_flag=True, help="Print the text without what was found, instead of the findings."
)
@json_option
def scan(*, families: tuple[str, ...], person: bool, redact: bool, as_data: bool) -> None:
    """Read standard input; with --json it is lines of {"id", "text"}, and so is what is printed."""
    if not as_data:
        click.echo(_shown(sys.stdin.read(LINE_MAX), families, person=person, redact=redact))
        return
    for line in sys.stdin:
        try:
            row = json.loads(line[:LINE_MAX])
            text = row["text"]
        except (ValueError, KeyError, TypeError) as error:
            raise Invalid(
                f"not a line of JSON with a text: {line[:80]!r}", hint='{"id": …, "text": …}'
            ) from error
        found = _found(text, families, person=person)
        shown = {"redacted": _redacted(text, families)} if redact else {}
        click.echo(json.dumps({"id": row.get("id"), "findings": found, **shown}, ensure_ascii=False))


def _found(text: str, families: tuple[str, ...], *, person: bool) -> list[dict[str, Any]]:
    import msgspec

    from holdfast.decision.content import EVERYTHING, Family
    from holdfast.decision.content import scan as look

    wanted = frozenset(map(Family, families)) or EVERYTHING
    return msgspec.to_builtins(look(text, wanted, outside=not person))


def _redacted(text: str, families: tuple[str, ...]) -> str:
    from holdfast.record import Redactor

    return Redactor(families or ("secret", "pii")).text(text)


def _shown(text: str, families: tuple[str, ...], *, person: bool, redact: bool) -> str:
    if redact:
        return _redacted(text, families)
    lines = [
        f"{one['start']}-{one['end']}  {one['family']}/{one['kind']}  {one['confidence']:.2f}  {one['rule']}"
        for one in _found(text, families, person=person)
    ]
    return "\n".join(lines) or "Nothing was found."


def _rows(score: Score, *, groups: bool, inner: bool = False) -> list[tuple[str, ...]]:
    peer = score.peer
    row = (
        score.detector,
        f"  {score.corpus}" if inner else score.corpus,
        score.part,
        str(score.n),
        _share(score.recall, score.recall_low, score.recall_high),
        str(score.negatives),
        _share(score.false_alarm, score.false_alarm_low, score.false_alarm_high),
        f"{peer.name}: {peer.recall:.1%} at {peer.false_alarm:.1%}" if peer else "",
    )
    return [row, *(line for each in score.groups if groups for line in _rows(each, groups=False, inner=True))]


def _share(value: float | None, low: float | None, high: float | None) -> str:
    if value is None or low is None or high is None:
        return "-"
    return f"{value:.1%} ({low:.1%}-{high:.1%})"
