"""A policy file in YAML: agents, tools, rules, budgets, detectors."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final

import msgspec

from holdfast.action import Contract
from holdfast.decision.agents import Agent
from holdfast.decision.breakers import Breakers
from holdfast.decision.cedar import Policy, Type, did_you_mean, parse, shape_of
from holdfast.decision.content.rules import RULES_MAX as CONTENT_MAX
from holdfast.decision.content.rules import Content, ContentRule
from holdfast.decision.flow.readers import ANYBODY
from holdfast.decision.limits import HELD, Budget, Detectors, Flow
from holdfast.decision.pack.preset import NOTHING, Preset, type_at
from holdfast.decision.pack.presets import PRESETS
from holdfast.decision.pack.sections import read_detectors, read_each, read_levels
from holdfast.decision.pack.tools import read_tools
from holdfast.decision.rates import RateTerms
from holdfast.errors import PolicySyntaxError

if TYPE_CHECKING:
    from holdfast.decision.pack.document import Document

RULES_MAX: Final = 2_000
SECTIONS: Final = (
    "pack", "extends", "agents", "tools", "rules", "budgets", "detectors", "breakers", "rates", "flow",
    "content",
    "enforcement",
)  # fmt: skip
_name = re.compile(r"[\w.-]{1,64}").fullmatch

Place = tuple[int, int]


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
            raise self.problem(message, hint=did_you_mean(argument, known))
        try:
            found = parse(self.cedar(contract), source=self.source)
        except PolicySyntaxError as error:
            raise self.problem(error.message.partition(": ")[2]) from error
        return tuple(self._place(one) for one in found)

    def cedar(self, contract: Contract | None) -> str:
        """The Cedar text it becomes."""
        text = "\n".join(self.preset.write(self.id, contract))
        level = self.preset.enforce
        return text if level == "enforce" else text.replace("\nforbid (", f'\n@enforce("{level}")\nforbid (')

    def _place(self, policy: Policy) -> Policy:
        return msgspec.structs.replace(policy, line=self.line, column=self.column, generated=True)

    def problem(self, message: str, *, hint: str = "") -> PolicySyntaxError:
        """The error to raise about this rule."""
        return PolicySyntaxError(message, path=self.source, line=self.line, column=self.column, hint=hint)


class Pack(msgspec.Struct, frozen=True):
    """Everything one YAML file says."""

    name: str
    source: str = ""
    extends: tuple[str, ...] = ()
    """Packs whose rules hold as well; this one can only be stricter."""
    agents: dict[str, Agent] = {}
    tools: dict[str, dict[str, Any]] = {}
    """What the file says of each tool; it overrides what the tool says of itself."""
    rules: tuple[Rule, ...] = ()
    budgets: tuple[Budget, ...] = ()
    breakers: Breakers | None = None
    rates: tuple[RateTerms, ...] = ()
    content: Content = Content()
    detectors: dict[str, Any] = {}
    """The alarm of each detector that the file speaks of; None switches it off."""
    enforcement: dict[str, str] = {}
    """Levels of rules, wherever these stand: they go before the rule's own."""
    flow: dict[str, Any] = {}
    """What the file says of doubts about origin, by the name of the setting."""
    places: dict[str, Place] = {}
    """Where it speaks of each tool."""
    lines: dict[tuple[str, ...], Place] = {}
    """Where each name in the sections beside the rules stands."""

    def problem(self, message: str, path: tuple[str, ...], *, hint: str = "") -> PolicySyntaxError:
        """The error to raise about what this file says."""
        line, column = self.lines.get(path, (1, 1))
        return PolicySyntaxError(message, path=self.source, line=line, column=column, hint=hint)


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
    rules = tuple(_rules(document, name)) if "rules" in present else ()
    tools = dict(read_tools(document)) if "tools" in present else {}
    detectors = read_detectors(document) if "detectors" in present else {}
    flow = document.read(Flow, ("flow",)) if "flow" in present else Flow()
    said = document.read(dict[str, Any], ("flow",)) if "flow" in present else {}
    content = _content(document) if "content" in present else Content()
    rates = document.read(tuple[RateTerms, ...], ("rates",)) if "rates" in present else ()
    budgets = document.read(tuple[Budget, ...], ("budgets",)) if "budgets" in present else ()
    return Pack(
        breakers=document.read(Breakers, ("breakers",)) if "breakers" in present else None,
        rates=(*rates, *(one for rule in rules for one in rule.preset.configure().rates)),
        content=Content(
            (*content.rules, *(one for rule in rules for one in rule.preset.configure().content))
        ),
        name=name,
        source=source,
        extends=tuple(_extends(document)) if "extends" in present else (),
        agents=dict(read_each(document, "agents", Agent)) if "agents" in present else {},
        tools=_with_tools(tools, rules),
        rules=rules,
        enforcement=dict(read_levels(document)) if "enforcement" in present else {},
        budgets=(*budgets, *(one for rule in rules for one in rule.preset.configure().budgets)),
        detectors=_with_detectors(detectors, rules),
        flow={word: getattr(flow, word) for word in Flow.__struct_fields__ if word in said},
        places={tool: document.place(("tools", tool)) for tool in tools},
        lines=_lines(document, sections),
    )


def join_detectors(packs: Iterable[Pack]) -> Detectors:
    """What the files say of detectors together: the last that speaks of one counts."""
    said: dict[str, Any] = {}
    for pack in packs:
        said |= pack.detectors
    return msgspec.structs.replace(Detectors(), **said)


def join_flow(packs: Iterable[Pack]) -> Flow:
    """What the files say of doubts about origin together: the same, but what they list is joined."""
    said: dict[str, Any] = {}
    for pack in packs:
        registry = said.get("registry", {}), pack.flow.get("registry", {})
        readers = said.get("readers", {}), pack.flow.get("readers", {})
        held = HELD in {said.get("models"), pack.flow.get("models")}
        # Another file never sends a model more.
        said |= {**pack.flow, **({"models": HELD} if held else {})}
        said["registry"] = {
            name: tuple(entry for lists in registry for entry in lists.get(name, ()))
            for name in {**registry[0], **registry[1]}
        }
        said["readers"] = _join_readers(*readers)
    return msgspec.structs.replace(Flow(), **said)


def _join_readers(
    some: dict[str, tuple[str, ...]], more: dict[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    """Whom every file that speaks of a label allows: another file never lets more people read it."""
    joined = {**some, **more}
    for label in some.keys() & more.keys():
        both = [one for one in some[label] if one in more[label] or ANYBODY in more[label]]
        both += [one for one in more[label] if ANYBODY in some[label]]
        joined[label] = tuple(dict.fromkeys(both))
    return joined


def _with_tools(said: dict[str, dict[str, Any]], rules: tuple[Rule, ...]) -> dict[str, dict[str, Any]]:
    """What presets say of contracts joins what the section says; nothing is said twice."""
    found = {tool: dict(fields) for tool, fields in said.items()}
    for rule in rules:
        for tool, fields in rule.preset.configure().tools.items():
            known = found.setdefault(tool, {})
            for word, value in fields.items():
                if known.setdefault(word, value) != value:
                    raise rule.problem(f"{word} of {tool} is said twice, and not the same")
    return found


def _with_detectors(said: dict[str, Any], rules: tuple[Rule, ...]) -> dict[str, Any]:
    found = dict(said)
    for rule in rules:
        for word, alarm in rule.preset.configure().detectors.items():
            if found.setdefault(word, alarm) != alarm:
                raise rule.problem(f"the detector {word} is set twice, and not the same")
    return found


def _content(document: Document) -> Content:
    size = len(document.read(list[Any], ("content",)))
    if size > CONTENT_MAX:
        raise document.problem(f"at most {CONTENT_MAX} rules about content", ("content",))
    return Content(tuple(document.read(ContentRule, ("content", at)) for at in range(size)))


def _extends(document: Document) -> Iterator[str]:
    said = document.data["extends"]
    names = [said] if isinstance(said, str) else document.read(list[str], ("extends",))
    for name in names:
        if not _name(name):
            raise document.problem(f"{name!r} is no pack's name", ("extends",))
        yield name


def _lines(document: Document, sections: dict[str, Any]) -> dict[tuple[str, ...], Place]:
    found: dict[tuple[str, ...], Place] = {}
    for section in ("extends", "agents", "tools", "detectors", "flow", "enforcement", "breakers"):
        said = sections.get(section)
        if said is not None:
            found[section,] = document.place((section,))
            found |= {(section, str(word)): document.place((section, word)) for word in said}
    return found


def _stem(source: str) -> str:
    return re.sub(r"[^\w.-]", "-", source.rpartition("/")[2].partition(".")[0]) or "policy"


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
        if preset.enforce != "enforce" and preset.configure() != NOTHING:
            message = f"{word} sets another mechanism up, which has levels of its own"
            raise document.problem(message, (*path, "enforce"), hint="Leave enforce out.")
        rule = Rule(_fresh(f"{pack}/{preset.name or word}", taken), preset, document.name, line, column)
        if preset.configure() == NOTHING and "(principal" not in rule.cedar(None):
            hint = f"`holdfast policy presets {word}` shows what it can say."
            raise document.problem(
                f"this {word} says nothing: it would allow, refuse or ask nothing", path, hint=hint
            )
        yield rule


def _fresh(wanted: str, taken: set[str]) -> str:
    name, n = wanted, 1
    while name in taken:
        n += 1
        name = f"{wanted}-{n}"
    taken.add(name)
    return name
