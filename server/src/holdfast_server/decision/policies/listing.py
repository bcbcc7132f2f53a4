"""The policies in force as people read them: pack by pack, rule by rule, with the Cedar that each becomes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from holdfast.decision import Bundle, Source
from holdfast.decision.cedar import Policy, parse
from holdfast.decision.cedar.naming import scope_actions
from holdfast.decision.enforcement import ENFORCED, graded
from holdfast.decision.gate import GROUPS
from holdfast.decision.pack import PRESETS, read_pack
from holdfast.decision.proof.outlook import outcome_of
from holdfast_server.decision.policies.edition import PackView, RuleView


def show_pack(source: Source, bundle: Bundle) -> PackView:
    """One policy file of a bundle, with its rules."""
    rules = _of_cedar(source, bundle) if source.kind == "cedar" else _of_yaml(source, bundle)
    return PackView(name=source.name, kind=source.kind, text=source.text, rules=list(rules))


def _of_cedar(source: Source, bundle: Bundle) -> Iterator[RuleView]:
    for policy in parse(source.text, source=source.name):
        yield _show(policy.id, "", (policy,), policy.line, bundle)


def _of_yaml(source: Source, bundle: Bundle) -> Iterator[RuleView]:
    for rule in read_pack(source.text, source=source.name).rules:
        policies = rule.policies(bundle.contracts.get(rule.preset.about))
        word = next((word for word, preset in PRESETS.items() if type(rule.preset) is preset), "")
        if policies:
            yield _show(rule.id, word, policies, rule.line, bundle)


def _show(name: str, preset: str, some: Sequence[Policy], line: int, bundle: Bundle) -> RuleView:
    """A rule by the strictest of the policies that it becomes."""
    first = max(some, key=lambda policy: STRICTEST_LAST.index(outcome_of(policy)))
    level = graded([first], bundle.terms.enforcement).get(first.id, ENFORCED)
    tools = {tool for policy in some for tool in scope_actions(policy) if tool not in GROUPS}
    return RuleView(
        id=name,
        preset=preset,
        category=first.annotations.get("category", ""),
        tools=sorted(tools),
        effect=first.effect,
        verdict=outcome_of(first),
        level=level.word,
        percent=level.percent,
        message=first.annotations.get("message", ""),
        cedar="\n".join(policy.text for policy in some),
        line=line,
    )


STRICTEST_LAST = ("allow", "transform", "ask", "deny", "halt")
