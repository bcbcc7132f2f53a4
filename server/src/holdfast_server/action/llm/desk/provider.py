"""A provider as it travels: everything but its secret, which goes one way only."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints, field_validator

from holdfast_server.action.llm.config import Api, Auth
from holdfast_server.kit.wire import Ask, Name, Wire

Globs = Annotated[
    list[Annotated[str, StringConstraints(min_length=1, max_length=256)]], Field(max_length=256)
]
Seconds = Annotated[float, Field(gt=0, le=3_600)]
NAME: Final = r"^[a-z0-9][a-z0-9._-]{0,63}$"
NAME_HINT: Final = "Use lower-case letters, digits, '.', '_' and '-'; at most 64."

_token = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+").fullmatch
_value = re.compile(r"[\x20-\x7e]*").fullmatch
OURS: Final = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "te", "trailer", "upgrade", "keep-alive"}
)
"""Headers that belong to the connection."""


class GatewayProvider(Wire):
    """Somebody who answers model calls."""

    name: str
    base_url: str
    apis: list[Api]
    auth: Auth
    has_secret: bool
    secret_hint: str
    """How the secret ends."""
    headers: dict[str, str]
    models: list[str]
    region: str
    ca_file: str
    connect_s: float
    first_byte_s: float
    idle_s: float
    connections_max: int
    built_in: bool
    """A variable of the server's environment names its secret; it is not stored, so it cannot be edited."""
    problem: str
    """Why it cannot be used now; empty when it can."""
    updated_at: datetime | None
    by: str


class GatewayProviderAsk(Ask):
    """What a provider shall be; what it was before is replaced, but for a secret that is left out."""

    base_url: Annotated[str, StringConstraints(min_length=8, max_length=2_048, strip_whitespace=True)]
    """What stands before `/v1/…`, e.g. `https://api.openai.com` or `http://127.0.0.1:11434`."""
    apis: list[Api] = Field(default=["chat"], min_length=1, max_length=7)
    auth: Auth = "bearer"
    """`client` passes on what the client sent; `none` sends nothing."""
    secret: Annotated[str, StringConstraints(max_length=8_192)] | None = Field(default=None, repr=False)
    """Left out: as it was. Empty: none."""
    headers: dict[str, str] = Field(default_factory=dict, max_length=64)
    models: Globs = Field(default=["*"])
    region: Name = ""
    ca_file: Annotated[str, StringConstraints(max_length=4_096)] = ""
    connect_s: Seconds = 5.0
    first_byte_s: Seconds = 120.0
    idle_s: Seconds = 60.0
    connections_max: Annotated[int, Field(ge=1, le=65_535)] = 256
    by: Name = Field(min_length=1)

    @field_validator("base_url")
    @classmethod
    def _address(cls, given: str) -> str:
        parts = urlsplit(given)
        try:
            port = parts.port
        except ValueError:
            port = 0
        if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
            raise ValueError("it is not http://host[:port] or https://host[:port]")
        if parts.username or parts.password:
            raise ValueError("a secret does not belong into the URL; give it as `secret`")
        if parts.query or parts.fragment:
            raise ValueError("it may have a path, and nothing after it")
        bare = given.rstrip("/")
        for ending in ("/v1", "/v1beta"):
            if bare.endswith(ending):
                raise ValueError(f"leave {ending} out: what clients ask for begins with it")
        return bare

    @field_validator("secret")
    @classmethod
    def _one_line(cls, given: str | None) -> str | None:
        text = given.strip() if given is not None else None
        if text and not _value(text):
            raise ValueError("a secret is one line of visible characters")
        return text

    @field_validator("headers")
    @classmethod
    def _header_names(cls, given: dict[str, str]) -> dict[str, str]:
        for name, value in given.items():
            if not _token(name) or name.lower() in OURS:
                raise ValueError(f"{name[:64]!r} is no header to add")
            if len(value) > 4_096 or not _value(value):
                raise ValueError(
                    f"the value of {name} is over 4096 characters, or has others than visible ones"
                )
        return given


class RemovedBy(Ask):
    """Who takes it away."""

    by: Name = Field(min_length=1)


class ResealAsk(Ask):
    """Who has every secret sealed anew."""

    by: Name = Field(min_length=1)


class ProviderChecked(Wire):
    """What came of asking a provider for its models."""

    ok: bool
    status: int | None
    """Of its answer; null when there was none."""
    took_ms: float
    detail: str
    models: list[str]
    """The first hundred that it names."""


class VaultRotated(Wire):
    """What came of changing the vault's key."""

    secrets: int
    """How many were sealed anew."""
