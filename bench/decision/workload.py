"""The measured workload: policies over a fifth as many tools, calls that are mostly allowed."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from typing import Any, Final

from holdfast.action import Contract, Effect
from holdfast.decision import Bundle, Source, compile_bundle

POLICIES: Final = 100
SIZES: Final = (10, POLICIES, 1_000)
SHARE: Final = 5
"""Of so many policies one permits a tool, and the others forbid things to it."""
TOOLS: Final = POLICIES // SHARE
SEED: Final = 7
KINDS: Final = (
    'context.args has amount && context.args.amount > {n}',
    '!(["corp.example", "partner.example"].containsAll(context.derived.recipient_domains))',
    'context.labels.containsAny(["secret", "pii"]) && context.egress',
    'context.args has note && context.args.note like "*password*"',
    'context.environment == "production" && context.irreversible',
    'context.hour == {closed} || context.hour == {idle}',
    'context.depth > 4',
)  # fmt: skip
"""Seven kinds of prohibition: threshold, recipients, labels, glob, environment, hours, depth."""
NOON: Final = 12
_HOUR: Final = time.gmtime().tm_hour
CLOSED, IDLE = [hour for hour in range(24) if hour not in {NOON, _HOUR, (_HOUR + 1) % 24}][:2]
"""Hours at which nothing is measured: neither at noon, as in the pure path, nor by the clock."""


def contract(n: int) -> Contract:
    parameters: dict[str, Any] = {
        "type": "object",
        "properties": {
            "amount": {"type": "integer", "minimum": 0},
            "to": {"type": "string", "maxLength": 200},
            "note": {"type": "string", "maxLength": 2000},
            "account": {"type": "string"},
        },
        "required": ["amount", "to"],
    }
    return Contract(
        f"tool_{n}",
        parameters=parameters,
        effect=Effect.SEND if n % 2 else Effect.WRITE,
        reversible=not n % 2,
        egress=bool(n % 2),
        critical=("to", "account"),
        payload=("note",),
        output_labels=() if n % 4 else ("untrusted",),
        environment="" if n % 5 else "staging",
    )


def cedar(policies: int = POLICIES) -> str:
    """One permit by role a tool, then prohibitions of every kind until there are so many policies."""
    dice, tools = random.Random(SEED), policies // SHARE
    texts = [
        f'@id("permit-{n}") permit (principal in Role::"worker", action == Action::"tool_{n}", resource);'
        for n in range(tools)
    ]
    for n in range(policies - tools):
        when = KINDS[n % len(KINDS)].format(n=dice.randrange(5_000, 50_000), closed=CLOSED, idle=IDLE)
        texts.append(
            f'@id("forbid-{n}") forbid (principal, action == Action::"tool_{n % tools}", resource)\n'
            f"when {{ {when} }};"
        )
    return "\n".join(texts)


SETTINGS: Final = """
agents: {"*": {roles: [worker]}}
budgets:
  - {scope: session, usd: 1000000, calls: 1000000000}
  - {scope: run, usd: 1000000, tokens: 1000000000}
"""


def bundle(policies: int = POLICIES) -> Bundle:
    sources = [Source("settings.yaml", SETTINGS, "yaml"), Source("rules.cedar", cedar(policies), "cedar")]
    return compile_bundle(sources, contracts=[contract(n) for n in range(policies // SHARE)])


def calls(
    count: int, *, allowed_only: bool, policies: int = POLICIES
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Tool and arguments; in the mixed set one call in six meets a prohibition or breaks its contract."""
    dice, tools = random.Random(SEED), policies // SHARE
    for n in range(count):
        bad = not allowed_only and dice.random() < 1 / 6
        arguments: dict[str, Any] = {
            "amount": dice.randrange(60_000) if bad else dice.randrange(4_000),
            "to": f"person{n % 50}@{'evil' if bad and n % 2 else 'corp'}.example",
            "note": f"note {n}: thanks for your order, it is on its way",
            "account": "DE89370400440532013000",
        }
        if bad and n % 7 == 0:
            del arguments["to"]
        yield f"tool_{n % tools}", arguments
