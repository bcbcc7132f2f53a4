"""docs/reference/translation.md: what maps between the APIs of models, and what does not."""

from __future__ import annotations

from collections.abc import Iterator

from scripts.reference.markdown import heading, table

from holdfast_server.action.llm.translating import LEFT_OUT, REFUSED, TURNED
from holdfast_server.action.llm.translating.words import WORDS

ABOUT = """\
A client of the [gateway](../guides/gateway.md) speaks one API and the model of its route another: then what
is asked and answered is translated, streams event by event. Clients speak `chat`, `responses` or `messages`;
models speak one of these or `gemini`. Where both speak the same API, nothing is translated and every byte
passes.

Nothing is lost silently. A field that the other API does not have is refused with status 400, the code
`holdfast_untranslatable` and its name; the few that may be left out stand below, each with the reason.
"""


def page() -> str:
    """The whole page: what maps, what is refused, what is left out, what changes."""
    return "\n".join(
        [
            heading("Translation", ABOUT, "the tables of the translation"),
            "## What maps\n",
            table(["", "chat", "responses", "messages", "gemini"], mapped()),
            "## What is refused\n",
            table(["Field", "Why"], ((name, why) for name, why in REFUSED.items())),
            "## What is left out\n",
            table(["API of the client", "Field", "Why"], left_out()),
            "## What changes\n",
            table(["What", "Into what"], TURNED.items()),
        ]
    )


def mapped() -> Iterator[tuple[str, ...]]:
    """Every wish in every API."""
    for meaning, *words in WORDS:
        yield meaning, *(_code(one) for one in words)


def left_out() -> Iterator[tuple[str, str, str]]:
    """Every field that may be left out."""
    for api, fields in LEFT_OUT.items():
        for name, why in fields.items():
            yield f"`{api}`", f"`{name}`", why


def _code(words: str) -> str:
    """Names as code, a description as it stands."""
    if not words or " " in words.replace(", ", ""):
        return words or "—"
    return ", ".join(f"`{one}`" for one in words.split(", "))
