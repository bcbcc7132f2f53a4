"""Answers that came in a content coding, though none was asked for."""

from __future__ import annotations

from holdfast.record.models.streams import Inflater
from holdfast_server.action.llm.seam import Headers

CODING = b"content-encoding"


def find_header(headers: Headers, name: bytes) -> bytes:
    """The first value of a header, by its name in lower case; empty when it is not there."""
    for key, value in headers:
        if key.lower() == name:
            return value
    return b""


def inflated(headers: Headers, body: bytes) -> tuple[Headers, bytes]:
    """A head and a body as they would be without a coding."""
    coding = find_header(headers, CODING)
    if not coding:
        return headers, body
    name = coding.decode("latin-1").strip().lower()
    plain = [pair for pair in headers if pair[0].lower() != CODING]
    return plain, Inflater(name)(body) if name not in {"", "identity"} else body
