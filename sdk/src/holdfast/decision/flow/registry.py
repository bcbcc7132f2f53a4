"""The registry: contacts, payees, domains and whatever else a policy file says that agents may choose."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from holdfast.decision.flow.words import one_form

DOMAINS: Final = "domains"
"""The list whose entries stand for every address and link in them."""

_host = re.compile(
    r"(?:[^\s@/]{1,256}@)?((?:[\w-]{1,63}\.){1,8}[\w-]{2,63})(?::[0-9]{1,5})?(?:[/?#].*)?", re.DOTALL
)


class Registry:
    """Values that were declared by people, for every session."""

    __slots__ = ("_domains", "_values")

    def __init__(self, lists: Mapping[str, tuple[str, ...]]) -> None:
        self._domains = tuple(entry.casefold().lstrip("@.") for entry in lists.get(DOMAINS, ()))
        self._values = frozenset(
            one_form(entry) for name, entries in lists.items() if name != DOMAINS for entry in entries
        )

    def holds(self, value: Any) -> bool:
        """Whether the value is an entry, or an address or a link in a declared domain."""
        if not self._values and not self._domains:
            return False
        form = one_form(str(value))
        return form in self._values or (bool(self._domains) and in_domains(form, self._domains))


def in_domains(form: str, domains: tuple[str, ...]) -> bool:
    """Whether an address or a link lies within one of the domains or below it."""
    found = _host.fullmatch(form)
    if found is None:
        return False
    host = found[1].casefold()
    return any(host == domain or host.endswith("." + domain) for domain in domains)
