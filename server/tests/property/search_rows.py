"""Rows and queries to search: few values, so that queries hit; nasty ones, so that none is taken as SQL."""

from __future__ import annotations

import random
from typing import Any

import msgspec

from holdfast_server.insight.search.fields import NOUNS, Field, Kind, NounName
from holdfast_server.insight.search.syntax import print_key, print_value, quote
from holdfast_server.record.runs.counts import CountRow
from holdfast_server.record.runs.rows import RunRow, StepRow
from holdfast_server.record.spans.span import Span

NOW = 1_800_000_000_000_000_000
HOUR = 3_600_000_000_000
NAMES = (
    "refunds",
    "Refunds",
    "ref*",
    "a b",
    "a'; DROP TABLE runs; --",
    '"',
    "x\\y",
    "50%",
    "a_c",
    "abc",
    "[a]?",
)
TEXTS = (
    *NAMES,
    "später Grüße",
    "GRÜSSE",
    "the order 4711 was refunded",
    "tab\tand\nline",
    "ab-c, abc",
    "{p0:String}",
    "退款订单查询 order",
)
NUMBERS = (0, 1, 2, 999, 1_000, 20_000, 500_000)


def make_runs(dice: random.Random, n: int) -> tuple[list[RunRow], list[StepRow]]:
    runs, steps = list[RunRow](), list[StepRow]()
    for place in range(n):
        run = RunRow(id=f"run-{place}", trace=f"trace-{place % 5}")
        _fill(run, dice, skip={"id", "trace", "process"})
        run.started_ns = NOW - dice.randrange(6) * HOUR
        run.ended_ns = dice.choice(
            (None, run.started_ns + dice.choice(NUMBERS) * 1_000_000, run.started_ns - 5)
        )
        run.state = dice.choice(("running", "failed", "halted", "lost"))
        run.tags, run.labels, run.chain = _some(dice), _some(dice), []
        runs.append(run)
        steps += (make_step(dice, run, place * 10 + nth) for nth in range(dice.randrange(4)))
    return runs, steps


def make_uses(dice: random.Random, runs: list[RunRow]) -> list[dict[str, Any]]:
    """What the spans of some runs called."""
    kinds = ("tool", "model", "provider")
    told = {
        (dice.choice(kinds), dice.choice(NAMES), run.id) for run in runs for _ in range(dice.randrange(3))
    }
    return [dict(zip(("kind", "name", "run"), one, strict=True)) for one in sorted(told)]


def make_counts(dice: random.Random, runs: list[RunRow]) -> dict[str, CountRow]:
    """The counts of the spans of some runs."""
    made: dict[str, CountRow] = {}
    for run in runs:
        count = CountRow(run.id, *(dice.randrange(3) for _ in range(7)))
        count.missing = [(f"{place:016x}", 1, 1) for place in range(count.orphaned)]
        if dice.random() < 0.8:
            made[run.id] = count
    return made


def make_step(dice: random.Random, run: RunRow, place: int) -> StepRow:
    step = StepRow(id=f"step-{place}", trace=run.trace)
    _fill(step, dice, skip={"id", "trace", "verdict"})
    step.run, step.started_ns = run.id, NOW - dice.randrange(6) * HOUR
    step.kind = dice.choice(("tool", "model", "start"))
    step.state = dice.choice(("done", "refused", "failed"))
    step.verdict = dice.choice((None, "allow", "deny", "ask"))
    step.ended_ns = dice.choice((None, step.started_ns + dice.choice(NUMBERS) * 1_000_000))
    step.reasons = [{"rule": name, "category": "", "message": ""} for name in _some(dice)]
    step.would = dice.choice((None, [{"rule": dice.choice(NAMES)}]))
    step.labels, step.unendorsed, step.obligations = _some(dice), _some(dice), []
    step.arguments = dice.choice((None, {"order": dice.choice(TEXTS)}, ["ä", 5]))
    step.result = dice.choice((None, dice.choice(TEXTS)))
    step.took_ns, step.cost_micro_usd = dice.choice((None, *NUMBERS)), dice.choice((None, *NUMBERS))
    return step


def make_leaf(dice: random.Random, place: int) -> dict[str, Any]:
    about = {name: dice.choice((*NAMES, "")) for name in ("agent", "run", "step", "target", "status", "log")}
    return about | {
        "position": place,
        "leaf_hash": f"{place:064x}",
        "log_index": place,
        "type": dice.choice(("decision", "outcome", "kill")),
        "verdict": dice.choice(("", "allow", "deny")),
        "at_ns": NOW - dice.randrange(6) * HOUR,
        "rules": _some(dice),
        "projected": True,
    }


def make_span(dice: random.Random, place: int) -> Span:
    start = NOW - dice.randrange(6) * HOUR - dice.choice((0, 0, 1, 2, 9)) * 24 * HOUR + place
    known: dict[str, Any] = {
        name: dice.choice((*NAMES, ""))
        for name, kind in Span.__annotations__.items()
        if kind == "str" and name not in {"price", "events", "usage_note"}
    }
    return Span(
        **known
        | {
            "trace_id": f"trace-{place % 5}",
            "span_id": f"span-{place}",
            "start_ns": start,
            "end_ns": start + dice.choice(NUMBERS) * 1_000_000,
            "step_kind": dice.choice(("tool", "model", "span")),
            "status": dice.choice(("ok", "error", "unset")),
            "input": dice.choice(TEXTS),
            "output": dice.choice(("", *TEXTS)),
            "tokens_in": dice.choice(NUMBERS),
            "tokens_out": dice.choice(NUMBERS),
            "cost_micro_usd": dice.choice((None, *NUMBERS)),
            "billed": dice.random() < 0.5,
            "tags": tuple(_some(dice)),
            "attributes": {
                "http.status": dice.choice(("200", "404", "-1.5e2", "x")),
                dice.choice(NAMES): "v",
            },
            "resource": dice.choice(({}, {"service.name": dice.choice(NAMES)})),
        }
    )


def make_query(dice: random.Random, noun: NounName, depth: int = 2) -> str:
    """A query that can be asked of a noun."""
    match dice.randrange(8 if depth else 6):
        case 0:
            return _word(
                dice, dice.choice((*TEXTS, "order", "fund", "47", "grüße", "AB", "款订", "ord", "a b"))
            )
        case 6:
            return f"-({make_query(dice, noun, depth - 1)})"
        case 7:
            joint = dice.choice((" OR ", " "))
            return f"({joint.join(make_query(dice, noun, depth - 1) for _ in range(dice.randint(2, 3)))})"
        case _:
            return _term(dice, noun)


def _term(dice: random.Random, noun: NounName) -> str:
    keys = [*NOUNS[noun].fields, *(("attr.http.status", f"attr.{quote('a b')}") if noun == "spans" else ())]
    key = dice.choice(keys)
    sign = dice.choice(("", "", "-"))
    if dice.random() < 0.15 and print_value(key) == key:
        return f"{sign}has:{key}"
    field = NOUNS[noun].fields.get(key)
    if field is None:
        value = dice.choice((">100", "<=200", "200", "4*", "v", "-200..300"))
    else:
        value = _value(dice, field)
    return f"{sign}{key if field is None else print_key(key)}:{value}"


def _value(dice: random.Random, field: Field) -> str:
    match field.kind:
        case Kind.FLAG:
            return dice.choice(("true", "false"))
        case Kind.CHOICE:
            return dice.choice((dice.choice(field.choices), f"({','.join(field.choices[:2])})", "f*"))
        case Kind.NUMBER | Kind.MONEY:
            numbers = (
                ("0", "1", "2", "1k", "20k") if field.kind is Kind.NUMBER else ("0", "0.001", "0.02", "0.5")
            )
            return _bounded(dice, numbers)
        case Kind.DURATION:
            return _bounded(dice, ("0s", "1ms", "1s", "20s", "2us"))
        case Kind.TIME:
            return dice.choice((">", ">=", "<", "<=")) + dice.choice(("-2h", "-3h", "today", "now"))
        case _:
            names = [*NAMES, "run-1", "step-11", "trace-2", "span-3", "v=1"]
            return dice.choice(
                (_word(dice, dice.choice(names)), f"({print_value(names[0])},{quote(names[5])})")
            )


def _bounded(dice: random.Random, numbers: tuple[str, ...]) -> str:
    one, other = dice.choice(numbers), dice.choice(numbers)
    return dice.choice(
        (one, f">{one}", f">={one}", f"<{one}", f"<={one}", f"{one}..{other}", f"..{one}", f"({one},{other})")
    )


def _word(dice: random.Random, text: str) -> str:
    plain = [word for word in text.split() if word == print_value(word)]
    if plain and dice.random() < 0.5:
        word = dice.choice(plain)
        return dice.choice((f"{word[:2]}*", f"*{word[1:]}", f"{word[:1]}*{word[-1:]}", word))
    return quote(text)


def _some(dice: random.Random) -> list[str]:
    return [dice.choice(NAMES) for _ in range(dice.randrange(3))]


def _fill(row: msgspec.Struct, dice: random.Random, skip: set[str]) -> None:
    """Chance values for whatever is a text, a number or a flag."""
    for field in msgspec.structs.fields(type(row)):
        if field.name in skip:
            continue
        if field.type is str:
            setattr(row, field.name, dice.choice((*NAMES, "")))
        elif field.type is int:
            setattr(row, field.name, dice.choice(NUMBERS))
        elif field.type is bool:
            setattr(row, field.name, dice.random() < 0.5)
