"""What a wire protocol must be able to do to be spoken by the scripted provider."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple, Protocol

from holdfast.testing.provider.answer import Answer, Piece
from holdfast.testing.provider.conversation import Conversation, Json
from holdfast.testing.provider.scenario import Fault


class Asked(NamedTuple):
    """What a path and body ask for."""

    model: str
    stream: bool


class Dialect(Protocol):
    """One wire protocol: how requests are read and answers written."""

    name: str

    def asked(self, path: str, body: Json) -> Asked | None:
        """The model and manner a request asks for, or None when it is another dialect's."""
        ...

    def read(self, conversation: Conversation) -> None:
        """Take the request's body into the conversation."""
        ...

    def whole(self, answer: Answer) -> Json:
        """The answer as one body."""
        ...

    def stream(self, answer: Answer) -> Iterator[Piece]:
        """The answer as server-sent events."""
        ...

    def error(self, fault: Fault) -> Json:
        """The body of an error."""
        ...


ERROR_TYPES: Final = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    429: "rate_limit_error",
    529: "overloaded_error",
}


def error_type(fault: Fault) -> str:
    """The provider's word for this status."""
    return fault.type or ERROR_TYPES.get(fault.status, "api_error")


def error_message(fault: Fault) -> str:
    """The fault's message, or a plain one."""
    return fault.message or f"scripted {fault.status}"


def openai_error(fault: Fault) -> Json:
    """An error in the shape of both OpenAI dialects."""
    return {
        "error": {
            "message": error_message(fault),
            "type": error_type(fault),
            "param": None,
            "code": fault.code,
        }
    }


def asked_in_body(path: str, body: Json, *, suffix: str) -> Asked | None:
    """What is asked when the path names the dialect and the body the rest."""
    if not path.endswith(suffix):
        return None
    return Asked(str(body.get("model") or "scripted"), bool(body.get("stream")))


def objects(value: Any) -> list[Json]:
    """The JSON objects of a list, or nothing."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []  # pyright: ignore[reportUnknownVariableType]  # JSON
