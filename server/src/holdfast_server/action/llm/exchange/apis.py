"""Which API of models a path speaks; for everything else there is none, and the request goes nowhere."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from holdfast_server.action.llm.config import Api

Work = Literal["model", "count", "models", "stored"]
"""What is asked for: an answer, a count of tokens, the list of models, or something a provider keeps."""

STORED: Final = (b"/v1/files", b"/v1/batches")
"""What lies at a provider: passed through, and judged as its model `files` or `batches`."""
GEMINI: Final = (b"/v1beta/models/", b"/v1/models/")
LISTS: Final = (b"/v1beta/models", b"/v1/models")
_GEMINI_VERBS: Final = {
    b"generateContent": ("model", False),
    b"streamGenerateContent": ("model", True),
    b"countTokens": ("count", False),
    b"embedContent": ("model", False),
    b"batchEmbedContents": ("model", False),
}


class Path(msgspec.Struct, frozen=True, gc=False):
    """What a request's line says already."""

    api: Api
    work: Work = "model"
    model: str = ""
    """Where the path names it: Gemini, or one model of a list."""
    streamed: bool = False
    """Where the path says so."""


_POSTS: Final = {
    b"/v1/chat/completions": Path("chat"),
    b"/v1/responses": Path("responses"),
    b"/v1/messages": Path("messages"),
    b"/v1/messages/count_tokens": Path("messages", "count"),
    b"/v1/embeddings": Path("embeddings"),
    b"/v1/completions": Path("completions"),
}


def find_path(method: bytes, target: bytes) -> Path | None:
    """The API of a request; None for what is not served."""
    if method == b"POST":
        found = _POSTS.get(target)
        if found is not None:
            return found
    path = target.partition(b"?")[0]
    path = path.rstrip(b"/") if len(path) > 1 else path
    if method == b"POST" and path in _POSTS:
        return _POSTS[path]
    if path.startswith(STORED):
        return Path("files", "stored", model=path.split(b"/")[2].decode("ascii", "replace"))
    if method == b"POST" and path.startswith(GEMINI):
        return _find_gemini(path)
    if method == b"GET" and (path in LISTS or path.startswith(GEMINI)):
        return Path(speaks(path), "models", model=path.partition(b"/models/")[2].decode("utf-8", "replace"))
    return None


def speaks(target: bytes) -> Api:
    """In which API an error on this path is told."""
    if target.startswith(b"/v1/messages"):
        return "messages"
    if target.startswith(b"/v1/responses"):
        return "responses"
    gemini = target.startswith(b"/v1beta/") or (target.startswith(GEMINI) and b":" in target)
    return "gemini" if gemini else "chat"


def _find_gemini(path: bytes) -> Path | None:
    model, _, verb = path.partition(b"/models/")[2].rpartition(b":")
    found = _GEMINI_VERBS.get(verb)
    if found is None or not model:
        return None
    work, streamed = found
    return Path("gemini", work, model.decode("utf-8", "replace"), streamed)  # pyright: ignore[reportArgumentType]  # the table holds words of `Work`
