"""One version of one policy file, what was done to make it, and what is asked of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from holdfast_server.decision.policies.bundle import SourceView
from holdfast_server.kit.wire import Ask, Name, Wire

Kind = Literal["yaml", "cedar"]
Event = Literal["found", "saved", "deleted", "restored"]


def kind_of(name: str) -> Kind:
    """What a file holds, by its name."""
    return "cedar" if name.endswith(".cedar") else "yaml"


class Edition(Wire):
    """One version of a policy file."""

    name: str
    n: int
    """From 1, for each name."""
    event: Event
    """`found` is a text that stood on the disk before it was edited here."""
    kind: Kind
    text: str
    by: str
    at: datetime
    bundle: str
    """Hash of the bundle that was in force after it; empty where nobody knows."""


class SaveAsk(Ask):
    """The new text of a policy file."""

    text: str = Field(max_length=1024 * 1024)
    kind: Kind | None = None
    """By the ending of the name, when left out."""
    by: Name = Field(min_length=1)


class EditorAsk(Ask):
    """Who deletes or restores."""

    by: Name = Field(min_length=1)


class SourceAsk(Ask):
    """One policy file, as text."""

    name: Name = Field(min_length=1)
    kind: Kind | None = None
    """By the ending of the name, when left out."""
    text: str = Field(max_length=1024 * 1024)


class SourcesAsk(Ask):
    """Policy files to try; without any, those in force."""

    sources: list[SourceAsk] | None = Field(default=None, max_length=500)
    """Files ending in `.test.yaml` are tests."""


class DiffAsk(Ask):
    """Two sets of policy files to compare."""

    old: list[SourceAsk] | None = Field(default=None, max_length=500)
    """Those in force, when left out."""
    new: list[SourceAsk] = Field(max_length=500)


class LintView(Wire):
    """What is wrong, or looks wrong, and where."""

    code: str
    severity: Literal["error", "warning", "info"]
    message: str
    path: str
    line: int
    column: int
    suggestion: str


class Checked(Wire):
    """Whether policy files can be used."""

    ok: bool
    errors: list[LintView]
    lints: list[LintView]
    hash: str
    """Of the bundle they would be; empty when they cannot be used."""


class TrialView(Wire):
    """What came of one test."""

    file: str
    line: int
    name: str
    ok: bool
    expected: str
    got: str
    why: str


class Tried(Wire):
    """What came of all tests."""

    passed: int
    failed: int
    cases: list[TrialView]


class ExampleView(Wire):
    """A request on which two sets of policies differ."""

    agent: str
    target: str
    arguments: dict[str, Any]
    context: dict[str, Any]
    exact: bool
    """Whether these arguments were judged; else only the context was."""


class ChangeView(Wire):
    """One way in which an edit changes what happens."""

    tool: str
    direction: Literal["allows", "refuses", "asks", "changes"]
    before: str
    after: str
    example: ExampleView
    rules: list[str]


class SettingView(Wire):
    """One setting beside the rules that an edit changes."""

    section: Literal["budgets", "detectors", "flow", "content", "breakers", "rates", "agents", "contracts"]
    name: str
    direction: Literal["allows", "refuses", "asks", "changes"]
    """What it comes to; `changes` where that cannot be said of it."""
    before: str
    """Empty when it was not set."""
    after: str
    """Empty when it is gone."""


class UndecidedView(Wire):
    """What could not be proved either way."""

    tool: str
    direction: str
    why: str


class Compared(Wire):
    """What an edit changes."""

    same: bool
    """Nothing changes, and that is proved."""
    changes: list[ChangeView]
    undecided: list[UndecidedView]
    settings: list[SettingView]
    """What else was edited, that no formula is made of."""
    compared: int
    took_ms: float


class RuleView(Wire):
    """One rule of a pack, and the Cedar it becomes."""

    id: str
    preset: str
    """Empty for a policy that was written in Cedar."""
    category: str
    tools: list[str]
    """Tools it names; empty when it is about a group of them."""
    effect: Literal["permit", "forbid"]
    verdict: Literal["allow", "transform", "ask", "deny", "halt"]
    """What comes of it when it holds."""
    level: str
    percent: int
    message: str
    cedar: str
    line: int


class PackView(Wire):
    """One policy file."""

    name: str
    kind: Kind
    text: str
    rules: list[RuleView]


class InForce(Wire):
    """The bundle in force."""

    hash: str
    loaded_at: datetime
    error: str
    """Why the files on disk are not in force; empty when they are."""


class PoliciesView(Wire):
    """Every policy file with its rules, and what is odd about them."""

    bundle: InForce
    packs: list[PackView]
    tests: list[SourceView]
    """Files of tests that stand beside the policies."""
    lints: list[LintView]
