"""The APIs of models that are understood, and by which paths they are known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from holdfast.record.models.anthropic import Messages
from holdfast.record.models.dialect import Dialect
from holdfast.record.models.google import Gemini, GeminiEmbeddings
from holdfast.record.models.openai import Chat, Completions, Embeddings, Responses

CHAT: Final = Chat()
RESPONSES: Final = Responses()
MESSAGES: Final = Messages()
GEMINI: Final = Gemini()
COMPLETIONS: Final = Completions()
EMBEDDINGS: Final = Embeddings()
GEMINI_EMBEDDINGS: Final = GeminiEmbeddings()

DIALECTS: Final = (CHAT, RESPONSES, MESSAGES, GEMINI, COMPLETIONS, EMBEDDINGS, GEMINI_EMBEDDINGS)
"""The first whose paths fit is meant: `/chat/completions` is no `/completions`."""

HOSTS: Final = {
    "api.openai.com": "openai",
    "api.anthropic.com": "anthropic",
    "api.mistral.ai": "mistral",
    "api.groq.com": "groq",
    "api.deepseek.com": "deepseek",
    "api.x.ai": "xai",
    "openrouter.ai": "openrouter",
    "api.together.xyz": "together",
    "generativelanguage.googleapis.com": "google",
}
"""Whose endpoint a host is; any other is named after the dialect it speaks."""


@dataclass(frozen=True)
class Endpoint:
    """What a request to a path of a model API is for."""

    api: str
    """`chat`, `responses`, `messages`, `gemini`, `completions`, `embeddings`: a model is asked; `count`:
    tokens are counted, for nothing; `models`, `files`, `batches`: passed through as they are."""
    dialect: Dialect
    """Who reads what is asked, and words the refusals."""

    @property
    def asks(self) -> bool:
        """Whether a model answers, which costs something."""
        return self.api == self.dialect.api


_COUNTS: Final = {
    "/messages/count_tokens": MESSAGES,
    "/responses/input_tokens": RESPONSES,
    ":countTokens": GEMINI,
}
_PASSED: Final = {"models": "models", "files": "files", "uploads": "files", "batches": "batches"}
_ASKED: Final = {end: Endpoint(one.api, one) for one in reversed(DIALECTS) for end in one.paths}
_COUNTED: Final = {end: Endpoint("count", one) for end, one in _COUNTS.items()}


def find_endpoint(method: str, path: str) -> Endpoint | None:
    """What a request is for, by its method and path alone; None for what no model API has.

    Args:
        method: in capitals.
        path: with or without its query.
    """
    path = path.partition("?")[0].rstrip("/")
    if method == "POST" and (found := _posted(path)):
        return found
    return _passed(path)


def find_dialect(method: str, path: str) -> Dialect | None:
    """The API of a model call, by its path alone; None for all other traffic."""
    found = find_endpoint(method, path)
    return found.dialect if found is not None and found.asks else None


def _posted(path: str) -> Endpoint | None:
    ends = path[path.rfind(":") :] if ":" in path.rpartition("/")[2] else path[_second_last(path) :]
    return _ASKED.get(ends) or _COUNTED.get(ends) or _ASKED.get(path[path.rfind("/") :])


def _second_last(path: str) -> int:
    return max(path.rfind("/", 0, max(path.rfind("/"), 0)), 0)


def _passed(path: str) -> Endpoint | None:
    """`/v1/files/…` and the like, wherever a base path ends; `/v1/messages/batches` is Anthropic's."""
    version, *rest = path.lstrip("/").removeprefix("openai/").removeprefix("upload/").split("/")
    if not rest or not version.startswith("v1"):
        return None
    dialect = GEMINI if version.startswith("v1beta") else CHAT
    if rest[:2] == ["messages", "batches"]:
        return Endpoint("batches", MESSAGES)
    api = _PASSED.get(rest[0])
    return None if api is None else Endpoint(api, dialect)
