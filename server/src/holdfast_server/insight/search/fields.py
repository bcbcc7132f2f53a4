"""The fields of each noun: what a query may name, what it means, and where it is kept.

This is the whole catalogue, one line a field; docs/reference/search.md is made from it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Literal, TypeAlias, get_args

import msgspec

from holdfast_server.record.runs.completeness import Whole
from holdfast_server.record.runs.run import Observed, RunState, StepKind, VerdictName
from holdfast_server.record.runs.step import StepState

NounName: TypeAlias = Literal["runs", "spans", "decisions", "ledger"]


STATES: Final = get_args(RunState)
STEP_STATES: Final = get_args(StepState)
VERDICTS: Final = get_args(VerdictName)
KINDS: Final = get_args(StepKind)
COMPLETE: Final = get_args(Whole)
OBSERVED: Final[tuple[str, ...]] = get_args(Observed)[1:]
LEAVES: Final = (
    "decision",
    "outcome",
    "approval",
    "kill",
    "breaker",
    "policy",
    "alarm",
    "retention",
    "gateway",
)
STATUSES: Final = ("unset", "ok", "error")


class Kind(StrEnum):
    """What a field's values are, and so how they are compared."""

    NAME = "name"
    """Equal to the last letter, or a pattern with `*`."""
    TEXT = "text"
    """Somewhere in it, capital letters or not."""
    CHOICE = "choice"
    """One of a few words."""
    NUMBER = "number"
    MONEY = "money"
    DURATION = "duration"
    TIME = "time"
    FLAG = "flag"
    ATTRIBUTE = "attribute"
    """A name, or a number when it is compared."""


NUMBER: Final = r"-?[0-9]{1,15}(\.[0-9]{1,9})?([eE][-+]?[0-9]{1,2})?"
"""Texts of attributes that are numbers, in every engine alike."""


WORD: Final = re.compile("[0-9a-z\u0080-\U0010ffff]+")
"""A word of a folded text: what the index over the texts of spans knows."""


class Column(msgspec.Struct, frozen=True):
    """A column of the noun's table."""

    name: str


class Sum(msgspec.Struct, frozen=True):
    """Two columns, added."""

    left: str
    right: str


class Elapsed(msgspec.Struct, frozen=True):
    """From one time to another; unknown before the other is known."""

    start: str
    end: str


class KnownCost(msgspec.Struct, frozen=True):
    """What a run cost; unknown when none of its model calls has a price."""


class Counters(msgspec.Struct, frozen=True):
    """One column a choice, which counts how often it was given."""


class Items(msgspec.Struct, frozen=True):
    """A column that holds a list of names, or of objects that have a name at `part`."""

    column: str
    part: str = ""


class Document(msgspec.Struct, frozen=True):
    """A column that holds JSON, searched as the text it is."""

    column: str


class OfSteps(msgspec.Struct, frozen=True):
    """Columns of the steps of a run: one step that fits is enough."""

    columns: tuple[str, ...]
    kind: str = ""
    """Only steps of this kind."""
    items: Items | None = None
    """Instead of columns: a list of each step."""
    used: str = ""
    """Under which kind the same is kept of runs that only traces tell of."""


class OneOf(msgspec.Struct, frozen=True):
    """Columns of which one must fit, where another column has a value."""

    columns: tuple[str, ...]
    when: str
    equals: str


class Wholeness(msgspec.Struct, frozen=True):
    """How much of a run is here, by the counts of its spans."""


class First(msgspec.Struct, frozen=True):
    """The first of these columns that is not empty."""

    columns: tuple[str, str]


class Entry(msgspec.Struct, frozen=True):
    """One entry of a map from names to texts."""

    column: str
    key: str


Place: TypeAlias = (
    Column
    | Sum
    | Elapsed
    | KnownCost
    | Counters
    | Items
    | Document
    | OfSteps
    | OneOf
    | Wholeness
    | First
    | Entry
)


class Field(msgspec.Struct, frozen=True):
    """One thing a query may name."""

    key: str
    kind: Kind
    place: Place
    about: str
    choices: tuple[str, ...] = ()
    facet: bool = False
    """Counted beside the list."""


class Noun(msgspec.Struct, frozen=True):
    """One kind of thing that is searched."""

    name: NounName
    about: str
    fields: Mapping[str, Field]
    texts: tuple[str, ...]
    """Keys of the fields that free text is looked for in."""
    also: Mapping[str, str] = {}
    """Other words for fields."""


_N, _T, _C = Kind.NAME, Kind.TEXT, Kind.CHOICE
_I, _M, _D, _AT, _F = Kind.NUMBER, Kind.MONEY, Kind.DURATION, Kind.TIME, Kind.FLAG


def _noun(name: NounName, about: str, *fields: Field, texts: str, also: Mapping[str, str]) -> Noun:
    return Noun(name, about, {field.key: field for field in fields}, tuple(texts.split()), also)


RUNS: Final = _noun(
    "runs",
    "Invocations of agents",
    Field("agent", _N, Column("agent"), "The agent's name", facet=True),
    Field("version", _N, Column("version"), "The agent's version", facet=True),
    Field("owner", _N, Column("owner"), "Who answers for the agent"),
    Field("person", _N, Column("person"), "On whose behalf it ran"),
    Field("state", _C, Column("state"), "Where it stands", STATES, facet=True),
    Field("verdict", _C, Counters(), "A verdict that one of its steps got", VERDICTS, facet=True),
    Field("title", _T, Column("title"), "How it began: its first input"),
    Field("error", _T, Column("error"), "What it failed with"),
    Field("tool", _N, OfSteps(("target",), "tool", used="tool"), "A tool that it called"),
    Field("model", _N, OfSteps(("model", "target"), "model", used="model"), "A model that it asked"),
    Field("provider", _N, OfSteps(("provider",), used="provider"), "Who served one of its models"),
    Field("effect", _N, OfSteps(("effect",)), "An effect of one of its steps: read, write …"),
    Field("rule", _N, OfSteps((), items=Items("reasons", "rule")), "A rule that spoke of a step"),
    Field("stopped", _N, Column("stopped_rule"), "The rule or stop that ended it"),
    Field("label", _N, Items("labels"), "A label its session carried"),
    Field("cost", _M, KnownCost(), "US dollars, of the calls that have a price"),
    Field("tokens", _I, Sum("tokens_in", "tokens_out"), "Tokens, in and out"),
    Field("tokens_in", _I, Column("tokens_in"), "Tokens in"),
    Field("tokens_out", _I, Column("tokens_out"), "Tokens out"),
    Field("duration", _D, Elapsed("started_ns", "ended_ns"), "How long it took, once it has ended"),
    Field("started", _AT, Column("started_ns"), "When it began"),
    Field("ended", _AT, Column("ended_ns"), "When it ended"),
    Field("steps", _I, Column("steps"), "How many steps it took"),
    Field("model_calls", _I, Column("model_calls"), "How many calls of models"),
    Field("tool_calls", _I, Column("tool_calls"), "How many calls of tools"),
    Field("denied", _I, Column("deny"), "How many steps were denied"),
    Field("asked", _I, Column("ask"), "How many steps a person was asked about"),
    Field("unpriced", _I, Column("unpriced_calls"), "How many model calls have no price"),
    Field("governed", _F, Column("governed"), "Whether Holdfast decided about it", facet=True),
    Field("observed", _C, Column("observed"), "The worst of what its effects left unproven", OBSERVED),
    Field("completeness", _C, Wholeness(), "Whether all of its spans are here", COMPLETE),
    Field("framework", _N, Column("framework"), "What the agent is made with", facet=True),
    Field("team", _N, Column("team"), "The team it is counted for", facet=True),
    Field("workflow", _N, Column("workflow"), "The workflow it is a part of"),
    Field("customer", _N, Column("customer"), "Who it was done for"),
    Field("release", _N, Column("release"), "The version of the application", facet=True),
    Field("tag", _N, Items("tags"), "A tag, `name=value`"),
    Field("session", _N, Column("session"), "The conversation or job it belongs to"),
    Field("run", _N, Column("id"), "Its id"),
    Field("trace", _N, Column("trace"), "The id of the outermost run"),
    Field("parent", _N, Column("parent_run"), "The run that called it"),
    texts="title agent run session person error stopped",
    also={"id": "run", "status": "state", "user": "person", "name": "agent", "decision": "verdict"},
)  # fmt: skip

DECISIONS: Final = _noun(
    "decisions",
    "Actions with their decision and outcome",
    Field("agent", _N, Column("agent"), "The agent's name", facet=True),
    Field("verdict", _C, Column("verdict"), "What was decided", VERDICTS, facet=True),
    Field("kind", _C, Column("kind"), "What sort of action", KINDS, facet=True),
    Field("target", _N, Column("target"), "What is acted on: the tool, the model, the agent", facet=True),
    Field("tool", _N, OneOf(("target",), "kind", "tool"), "The tool that is called"),
    Field("model", _N, OneOf(("model", "target"), "kind", "model"), "The model that is asked"),
    Field("provider", _N, Column("provider"), "Who serves the model"),
    Field("effect", _N, Column("effect"), "read, write …", facet=True),
    Field("state", _C, Column("state"), "Where it stands", STEP_STATES, facet=True),
    Field("stage", _N, Column("stage"), "The stage that settled the verdict", facet=True),
    Field("rule", _N, Items("reasons", "rule"), "A rule that spoke"),
    Field("would", _N, Items("would", "rule"), "A rule that would have spoken, did it count"),
    Field("label", _N, Items("labels"), "A label it was judged under"),
    Field("unendorsed", _N, Items("unendorsed"), "An argument nobody vouched for"),
    Field("arguments", _T, Document("arguments"), "The arguments, as JSON"),
    Field("result", _T, Document("result"), "The result, as JSON"),
    Field("error", _T, Column("error"), "What it failed with"),
    Field("enforced", _F, Column("enforced"), "Whether the verdict counted"),
    Field("cost", _M, Column("cost_micro_usd"), "US dollars"),
    Field("hold", _M, Column("hold_micro_usd"), "US dollars held on budgets before it"),
    Field("tokens", _I, Sum("tokens_in", "tokens_out"), "Tokens, in and out"),
    Field("tokens_in", _I, Column("tokens_in"), "Tokens in"),
    Field("tokens_out", _I, Column("tokens_out"), "Tokens out"),
    Field("took", _D, Column("took_ns"), "How long deciding took"),
    Field("duration", _D, Elapsed("started_ns", "ended_ns"), "How long it took"),
    Field("started", _AT, Column("started_ns"), "When it began"),
    Field("ended", _AT, Column("ended_ns"), "When it ended"),
    Field("approval", _N, Column("approval"), "The approval it waited for"),
    Field("bundle", _N, Column("bundle"), "The bundle that judged"),
    Field("session", _N, Column("session"), "The conversation or job"),
    Field("run", _N, Column("run"), "The run it belongs to"),
    Field("trace", _N, Column("trace"), "The id of the outermost run"),
    Field("parent", _N, Column("parent"), "The step above it"),
    Field("step", _N, Column("id"), "Its id"),
    texts="target agent error arguments step run session",
    also={"id": "step", "status": "state", "name": "target", "decision": "verdict", "argument": "arguments"},
)

SPANS: Final = _noun(
    "spans",
    "What telemetry told, step by step",
    Field("agent", _N, First(("agent", "service")), "The agent, or the service that reported", facet=True),
    Field("version", _N, Column("agent_version"), "The agent's version"),
    Field("name", _N, Column("name"), "What the span is called", facet=True),
    Field("kind", _C, Column("step_kind"), "What sort of step", KINDS, facet=True),
    Field("status", _C, Column("status"), "How it ended", STATUSES, facet=True),
    Field("error", _T, Column("status_message"), "What it says of its failure"),
    Field("target", _N, Column("target"), "What is acted on: the tool, the model, the agent"),
    Field("tool", _N, OneOf(("target",), "step_kind", "tool"), "The tool that is called", facet=True),
    Field("model", _N, OneOf(("model", "target"), "step_kind", "model"), "The model that is asked"),
    Field("provider", _N, Column("provider"), "Who serves the model", facet=True),
    Field("input", _T, Column("input"), "What went in: messages or arguments"),
    Field("output", _T, Column("output"), "What came out"),
    Field("cost", _M, Column("cost_micro_usd"), "US dollars"),
    Field("billed", _F, Column("billed"), "Whether it is a call that costs money"),
    Field("tokens", _I, Sum("tokens_in", "tokens_out"), "Tokens, in and out"),
    Field("tokens_in", _I, Column("tokens_in"), "Tokens in"),
    Field("tokens_out", _I, Column("tokens_out"), "Tokens out"),
    Field("duration", _D, Elapsed("start_ns", "end_ns"), "How long it took"),
    Field("started", _AT, Column("start_ns"), "When it began"),
    Field("ended", _AT, Column("end_ns"), "When it ended"),
    Field("person", _N, Column("person"), "On whose behalf"),
    Field("service", _N, Column("service"), "The service that reported it", facet=True),
    Field("env", _N, Column("environment"), "The environment it was reported from", facet=True),
    Field("team", _N, Column("team"), "The team it is counted for"),
    Field("workflow", _N, Column("workflow"), "The workflow it is a part of"),
    Field("customer", _N, Column("customer"), "Who it was done for"),
    Field("release", _N, Column("release"), "The version of the application"),
    Field("tag", _N, Items("tags"), "A tag of its sender"),
    Field("operation", _N, Column("operation"), "What it did, finer than its kind"),
    Field("dialect", _N, Column("dialect"), "Whose words were understood"),
    Field("unknown", _N, Items("not_understood"), "An attribute that no table lists"),
    Field("scope", _N, Column("scope"), "The library that made it"),
    Field("session", _N, Column("session"), "The conversation or job"),
    Field("run", _N, Column("run"), "The run it says it belongs to"),
    Field("trace", _N, Column("trace_id"), "Its trace"),
    Field("parent", _N, Column("parent_id"), "The span above it"),
    Field("link", _N, Items("links"), "A span that it links to, `trace-span`; `link:TRACE-*` of a trace"),
    Field("span", _N, Column("span_id"), "Its id"),
    texts="input output name target error",
    also={"id": "span", "state": "status", "user": "person", "environment": "env"},
)  # fmt: skip

LEDGER: Final = _noun(
    "ledger",
    "What is proved: records of the log",
    Field("type", _C, Column("type"), "What it records", LEAVES, facet=True),
    Field("agent", _N, Column("agent"), "The agent's name", facet=True),
    Field("target", _N, Column("target"), "What it is about", facet=True),
    Field("verdict", _C, Column("verdict"), "What was decided", VERDICTS, facet=True),
    Field("status", _N, Column("status"), "How it ended, or what happened", facet=True),
    Field("rule", _N, Items("rules"), "A rule that spoke"),
    Field("at", _AT, Column("at_ns"), "When"),
    Field("index", _I, Column("position"), "Its place in the log"),
    Field("run", _N, Column("run"), "The run it belongs to"),
    Field("step", _N, Column("step"), "The step it belongs to"),
    Field("log", _N, Column("log"), "The log it came from"),
    Field("hash", _N, Column("leaf_hash"), "Its leaf hash"),
    texts="type agent run step target verdict status",
    also={"started": "at", "kind": "type", "state": "status", "tool": "target", "id": "index"},
)

NOUNS: Final[Mapping[NounName, Noun]] = {noun.name: noun for noun in (RUNS, SPANS, DECISIONS, LEDGER)}
MAPS: Final = {"attr": "attributes", "resource": "resource"}
"""Fields of spans whose names the sender chose: `attr.<name>` and `resource.<name>`."""
