"""Taking tools out of a request that rules do not let be offered."""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

import msgspec

from holdfast.record.models.stripping import FIELDS, strip_tools
from holdfast_server.action.llm.config import Api
from holdfast_server.action.llm.exchange.refusing import DIALECTS
from holdfast_server.action.llm.exchange.step import Step

HEADER: Final = b"x-holdfast-stripped"
NAMES_MAX: Final = 64
"""Of what was taken out, so many are named in the header."""
_fields = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_encode = msgspec.json.Encoder().encode
_odd = re.compile(r"[^\w.:/-]", re.ASCII)


class Stripped(NamedTuple):
    """What rules took out of a request."""

    tools: tuple[str, ...]
    """Names of those that the client runs."""
    hosted: tuple[str, ...]
    """Words for those that the provider runs."""

    @property
    def header(self) -> bytes:
        """Their names, in a line."""
        names = (*self.hosted, *self.tools)[:NAMES_MAX]
        return ", ".join(_odd.sub("?", name[:NAMES_MAX]) for name in names).encode()


def stripped_of(step: Step) -> Stripped | None:
    """What is taken out of the request of a step that was judged; None when nothing is."""
    if not step.changed:
        return None
    found = Stripped(_gone(step, "tools"), _gone(step, "hosted_tools"))
    return found if any(found) else None


def strip(step: Step, api: Api) -> bytes:
    """The body of its request as the rules let it be asked; what stays keeps its bytes."""
    gone = stripped_of(step)
    if gone is None:
        return step.question
    dialect = DIALECTS[api]
    fields: dict[str, Any] = dict(_fields(step.question))
    named = (FIELDS | {dialect.offering}) & fields.keys()
    about = {name: msgspec.json.decode(fields[name]) for name in named}
    left = strip_tools(dialect, about, tools=gone.tools, hosted=gone.hosted)
    if left.get(dialect.offering) is about.get(dialect.offering):
        left.pop(dialect.offering, None)
        named -= {dialect.offering}
    return _encode({name: one for name, one in fields.items() if name not in named} | left)


def _gone(step: Step, name: str) -> tuple[str, ...]:
    left = step.decision.arguments.get(name, ())
    return tuple(one for one in step.action.arguments.get(name, ()) if one not in left)
