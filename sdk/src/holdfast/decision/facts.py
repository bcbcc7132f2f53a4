"""What the program around an agent can say of an action beyond its arguments: facts, named and typed.

A model cannot state a fact; the code that calls Holdfast does (`with facts(citations=2):`, or
`facts` beside an action over REST). A policy that needs a fact refuses where it is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from holdfast.decision.cedar.shapes import BOOL, DECIMAL, LONG, STRING, STRINGS, Attribute, Shape, Type


class Fact(NamedTuple):
    """A fact's type and what it says."""

    shape: Shape
    told: str


FACTS: Final[Mapping[str, Fact]] = {
    "citations": Fact(LONG, "sources that an answer cites"),
    "code": Fact(STRING, "digest of the code or image that runs"),
    "confidence": Fact(DECIMAL, "how sure an answer is, 0 to 1"),
    "disclosed": Fact(BOOL, "whether whoever reads it was told that it comes from an AI"),
    "evaluator": Fact(STRING, "who gave `score`"),
    "prompt": Fact(STRING, "name or digest of the system prompt in use"),
    "purpose": Fact(STRING, "what personal data is used for"),
    "region": Fact(STRING, "where data is kept or goes"),
    "release": Fact(STRING, "the release that runs"),
    "release_score": Fact(DECIMAL, "share of its evaluations that the release passed, 0 to 1"),
    "relevance": Fact(DECIMAL, "relevance of the least relevant passage found, 0 to 1"),
    "retention_days": Fact(LONG, "how long the records of this run are kept"),
    "sandbox": Fact(STRING, "the sandbox that code runs in, as it attests itself"),
    "score": Fact(DECIMAL, "what an evaluator thinks of this action, 0 to 1"),
    "service_account": Fact(STRING, "the account whose credentials are used"),
    "snapshot": Fact(STRING, "the version of the memory that can be gone back to"),
    "source_age_hours": Fact(LONG, "age of the oldest source"),
    "source_count": Fact(LONG, "how many different sources were found"),
    "sources": Fact(STRINGS, "where content came from"),
    "tags": Fact(STRINGS, "names of the tags that costs are charged to, e.g. `cost_centre`"),
    "ticket": Fact(STRING, "the ticket or case this belongs to"),
    "verification": Fact(STRING, "how the person who started the run proved who they are, e.g. `mfa`"),
}
"""Every fact a policy can read, as `context.facts.<name>`; each may be missing."""

FACTS_SHAPE: Final = Shape(
    Type.RECORD, None, {name: Attribute(fact.shape, required=False) for name, fact in FACTS.items()}
)
"""The type of `context.facts`."""
