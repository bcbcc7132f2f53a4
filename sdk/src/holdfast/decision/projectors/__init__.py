"""What Cedar cannot compute for itself, computed from the arguments by small, typed, bounded functions.

Each becomes an attribute of `context.derived`, and runs only for actions whose policies mention it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, NamedTuple

from holdfast.action import Contract
from holdfast.decision.cedar.shapes import DECIMAL, LONG, STRING, STRINGS, Shape, Type
from holdfast.decision.projectors.content import content
from holdfast.decision.projectors.extent import amount, longest_text, records
from holdfast.decision.projectors.history import new_domains, new_recipients, rationale, recursion, runs
from holdfast.decision.projectors.mail import recipient_count, recipient_domains, recipients
from holdfast.decision.projectors.network import address_classes, url_hosts, url_ports, url_schemes
from holdfast.decision.projectors.offered import hosted_tools, offered_tools
from holdfast.decision.projectors.path import path_folders, paths
from holdfast.decision.projectors.shape import shapes
from holdfast.decision.projectors.shell import commands, languages
from holdfast.decision.projectors.sql import sql_tables, sql_verbs

ENVIRONMENT_WORDS: Final = ("environment", "env", "stage")
ENVIRONMENTS: Final = {
    "prod": "production",
    "live": "production",
    "stg": "staging",
    "stage": "staging",
    "dev": "development",
}


class Projector(NamedTuple):
    """A function into `context.derived` and the type it promises."""

    project: Callable[[Any, Contract], Any]
    shape: Shape
    reads: Literal["arguments", "moment"] = "arguments"
    """What its first argument is: the arguments alone, or everything a context may be read from."""


PROJECTORS: Final[Mapping[str, Projector]] = {
    "address_classes": Projector(address_classes, STRINGS),
    "amount": Projector(amount, DECIMAL),
    "commands": Projector(commands, STRINGS),
    "content": Projector(content, STRINGS),
    "hosted_tools": Projector(hosted_tools, STRINGS),
    "languages": Projector(languages, STRINGS),
    "longest_text": Projector(longest_text, LONG),
    "new_domains": Projector(new_domains, STRINGS, "moment"),
    "new_recipients": Projector(new_recipients, STRINGS, "moment"),
    "offered_tools": Projector(offered_tools, STRINGS),
    "path_folders": Projector(path_folders, STRINGS),
    "paths": Projector(paths, STRINGS),
    "rationale": Projector(rationale, STRING),
    "recipient_count": Projector(recipient_count, LONG),
    "recipient_domains": Projector(recipient_domains, STRINGS),
    "recipients": Projector(recipients, STRINGS),
    "records": Projector(records, LONG),
    "recursion": Projector(recursion, LONG, "moment"),
    "runs": Projector(runs, LONG, "moment"),
    "shapes": Projector(shapes, STRINGS),
    "sql_tables": Projector(sql_tables, STRINGS),
    "sql_verbs": Projector(sql_verbs, STRINGS),
    "url_hosts": Projector(url_hosts, STRINGS),
    "url_ports": Projector(url_ports, Shape(Type.SET, LONG)),
    "url_schemes": Projector(url_schemes, STRINGS),
}
"""The attributes of `context.derived`."""


def environment(arguments: Mapping[str, Any], contract: Contract) -> str:
    """Where the action happens: what the contract says, else what an argument says; one word per place."""
    named = contract.environment
    for word in ENVIRONMENT_WORDS:
        value = arguments.get(word)
        if not named and isinstance(value, str):
            named = value
    named = named.strip().lower()
    return ENVIRONMENTS.get(named, named)
