"""Cedar text in stock Cedar's own layout."""

from __future__ import annotations

from typing import Final

from holdfast.decision.cedar.syntax import parse
from holdfast.errors import PolicySyntaxError

WIDTH: Final = 110
INDENT: Final = 2


def format_cedar(text: str, *, source: str) -> str:
    """The same policies, laid out.

    Raises:
        PolicySyntaxError: it cannot be read, or laying it out would change what it means.
    """
    import cedarpy

    before = parse(text, source=source)
    if not before:
        return text
    made = cedarpy.format_policies(text, line_width=WIDTH, indent_width=INDENT)
    made = made if made.endswith("\n") else f"{made}\n"
    if [one.form for one in parse(made, source=source)] != [one.form for one in before]:
        raise PolicySyntaxError("laying this out would change what it means", path=source, line=1, column=1)
    return made
