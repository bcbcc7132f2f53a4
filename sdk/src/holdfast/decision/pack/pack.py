"""A policy file in YAML: agents, tools, rules, budgets, detectors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import msgspec

from holdfast.action import RESERVED_PREFIX, Contract
from holdfast.decision.agents import Agent
from holdfast.decision.cedar import Policy, Type, did_you_mean, parse, shape_of
from holdfast.decision.limits import MICRO, Alarm, Budget, Detectors, Flow
from holdfast.decision.pack.preset import Preset, type_at
from holdfast.decision.pack.presets import PRESETS
from holdfast.errors import PolicySyntaxError

if TYPE_CHECKING:
    from holdfast.decision.pack.document import Document

RULES_MAX: Final = 2_000
SECTIONS: Final = ("pack", "agents", "tools", "rules", "budgets", "detectors", "flow")
_name = re.compile(r"[\w.-]{1,64}").fullmatch


class Rule(msgspec.Struct, frozen=True):
    """A preset in a file, and where it stands."""

    id: str
    preset: Preset
    source: str
    line: int
    column: int

    def policies(self, contract: Contract | None) -> tuple[Policy, ...]:
        """The Cedar policies it becomes; they stand where the rule stands.

        Raises:
            PolicySyntaxError: the contract has no such argument.
        """
        argument = self.preset.argument
        # A file may speak of a tool whose code was not met yet: while no argument is known, none is wrong.
        known = shape_of(contract.parameters).attributes if contract and argument else None
        if contract and known and type_at(contract, argument) is Type.UNKNOWN:
            message = f"{contract.tool} has no argument {argument} that a policy can judge"
            hint = did_you_mean(argument, known)
            raise PolicySyntaxError(message, path=self.source, line=self.line, column=self.column, hint=hint)
        text = self.cedar(contract)
        try:
            found = parse(text, source=self.source)
        except PolicySyntaxError as error:
            message = error.message.partition(": ")[2]
            raise PolicySyntaxError(message, path=self.source, line=self.line, column=self.column) from error
        return tuple(
            msgspec.structs.replace(one, line=self.line, column=self.column, generated=True) for one in found
        )

    def cedar(self, contract: Contract | None) -> str:
        """The Cedar text it becomes."""
        return "\n".join(self.preset.write(self.id, contract))


class Pack(msgspec.Struct, frozen=True):
    """Everything one YAML file says."""

    name: str
    agents: dict[str, Agent] = {}
    tools: dict[str, dict[str, Any]] = {}
    """What the file says of each tool; it overrides what the tool says of itself."""
    rules: tuple[Rule, ...] = ()
    budgets: tuple[Budget, ...] = ()
    detectors: Detectors | None = None
    flow: Flow | None = None


def read_pack(text: str, *, source: str) -> Pack:
    """Read a policy file.

    Raises:
        PolicySyntaxError: at file, line and column.
    """
    from holdfast.decision.pack.document import read_document  # YAML is imported when a file is read

    document = read_document(text, name=source)
    sections = document.read(dict[str, Any])
    for word in sections:
        if word not in SECTIONS:
            raise document.problem(f"unknown key {word}", (word,), hint=did_you_mean(word, SECTIONS))
    present = {word for word in SECTIONS if sections.get(word) is not None}
    name = document.read(str, ("pack",)) if "pack" in present else _stem(source)
    if not _name(name):
        raise document.problem("a pack's name is made of letters, digits, dots and dashes", ("pack",))
    return Pack(
        name=name,
        agents=dict(_each(document, "agents", Agent)) if "agents" in present else {},
        tools=dict(_tools(document)) if "tools" in present else {},
        rules=tuple(_rules(document, name)) if "rules" in present else (),
        budgets=document.read(tuple[Budget, ...], ("budgets",)) if "budgets" in present else (),
        detectors=_detectors(document) if "detectors" in present else None,
        flow=document.read(Flow, ("flow",)) if "flow" in present else None,
    )


def overlay(contract: Contract, said: dict[str, Any]) -> Contract:
    """The contract with what a policy file says of the tool laid over it."""
    return msgspec.structs.replace(contract, **said)


def _detectors(document: Document) -> Detectors:
    """Detectors, each read at its own place; `off` (or nothing) switches one off."""
    said = document.read(dict[str, Any], ("detectors",))
    kept: dict[str, Any] = {}
    for word, value in said.items():
        if word not in Detectors.__struct_fields__:
            hint = did_you_mean(word, Detectors.__struct_fields__)
            raise document.problem(f"unknown detector {word}", ("detectors", word), hint=hint)
        if word == "person_resets":
            kept[word] = document.read(bool, ("detectors", word))
            continue
        off = value is None or value == "off"
        kept[word] = None if off else document.read(Alarm, ("detectors", word))
    return msgspec.structs.replace(Detectors(), **kept)


def _stem(source: str) -> str:
    return re.sub(r"[^\w.-]", "-", source.rpartition("/")[2].partition(".")[0]) or "policy"


def _each(document: Document, section: str, kind: type[Any]) -> Iterator[tuple[str, Any]]:
    for word in document.read(dict[str, Any], (section,)):
        yield word, document.read(kind, (section, word))


def _tools(document: Document) -> Iterator[tuple[str, dict[str, Any]]]:
    for tool, said in document.read(dict[str, dict[str, Any] | None], ("tools",)).items():
        path = ("tools", tool)
        if tool.startswith(RESERVED_PREFIX) or not tool:
            raise document.problem(f"a tool's name may not begin with {RESERVED_PREFIX}", path)
        given = dict(said or {})
        if "tool" in given:
            raise document.problem("unknown key tool", (*path, "tool"), hint="The name is the key above.")
        if "cost_usd" in given:
            given["cost_micro_usd"] = _micro_usd(document, (*path, "cost_usd"))
            del given["cost_usd"]
        contract = _contract(document, tool, given)
        yield tool, {word: getattr(contract, word) for word in given}


def _contract(document: Document, tool: str, given: dict[str, Any]) -> Contract:
    path = ("tools", tool)
    known = [*(name for name in Contract.__struct_fields__ if name != "tool"), "cost_usd"]
    for word in given:
        if word not in known:
            raise document.problem(f"unknown key {word}", (*path, word), hint=did_you_mean(word, known))
    for word, value in given.items():
        try:
            msgspec.convert({"tool": tool, word: value}, Contract)
        except msgspec.ValidationError as error:
            raise document.problem(str(error).partition(" - at ")[0], (*path, word)) from error
    return msgspec.convert({"tool": tool, **given}, Contract)


def _micro_usd(document: Document, path: tuple[str, ...]) -> int:
    return round(document.read(float, path) * MICRO)


def _rules(document: Document, pack: str) -> Iterator[Rule]:
    said = document.read(list[dict[str, Any]], ("rules",))
    if len(said) > RULES_MAX:
        raise document.problem(f"more than {RULES_MAX} rules", ("rules",))
    taken: set[str] = set()
    for n, entry in enumerate(said):
        if len(entry) != 1:
            raise document.problem(
                "a rule is one preset and its settings", ("rules", n), hint="Begin a new dash."
            )
        word = next(iter(entry))
        path = ("rules", n, word)
        if word not in PRESETS:
            raise document.problem(f"unknown preset {word}", path, hint=did_you_mean(word, PRESETS))
        preset = document.read(PRESETS[word], path)
        line, column = document.place(path)
        yield Rule(_fresh(f"{pack}/{preset.name or word}", taken), preset, document.name, line, column)


def _fresh(wanted: str, taken: set[str]) -> str:
    name, n = wanted, 1
    while name in taken:
        n += 1
        name = f"{wanted}-{n}"
    taken.add(name)
    return name
