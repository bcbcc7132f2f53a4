"""Who may read what carries a label: what leaves reaches only those whom every label allows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

from holdfast.action import Contract
from holdfast.decision.flow.pointers import pointers, texts
from holdfast.decision.flow.registry import in_domains
from holdfast.decision.flow.words import one_form

ANYBODY: Final = "*"


class Readers:
    """For each label that names readers, who they are: people, addresses, channels, `@domains`."""

    __slots__ = ("_names", "_places", "labels")

    def __init__(self, lists: Mapping[str, tuple[str, ...]]) -> None:
        limited = {label: entries for label, entries in lists.items() if ANYBODY not in entries}
        self.labels = frozenset(limited)
        """Labels that not everybody may read."""
        self._names = {
            label: frozenset(one_form(entry) for entry in entries if not entry.startswith("@"))
            for label, entries in limited.items()
        }
        self._places = {
            label: tuple(entry[1:].casefold() for entry in entries if entry.startswith("@"))
            for label, entries in limited.items()
        }

    def refuses(self, recipient: str, labels: Iterable[str]) -> str:
        """The first label that this recipient may not read; empty when there is none."""
        form = one_form(recipient)
        for label in sorted(self.labels.intersection(labels)):
            if form not in self._names[label] and not in_domains(form, self._places[label]):
                return label
        return ""


def recipients(contract: Contract, arguments: Mapping[str, Any]) -> list[str]:
    """Who would receive the call: the named arguments, else the addresses among the critical ones."""
    if contract.recipients:
        return [one for name in contract.recipients for one in _plain(arguments.get(name))]
    critical = [text for name in contract.critical for text in texts(arguments.get(name))]
    found = [one for text in critical for one in pointers(text)]
    return found or critical


def _plain(value: Any) -> list[str]:
    if isinstance(value, list):
        return [one for inner in cast("list[Any]", value) for one in _plain(inner)]
    if isinstance(value, dict):
        return [one for inner in cast("dict[str, Any]", value).values() for one in _plain(inner)]
    return [] if value is None else [str(value)]
