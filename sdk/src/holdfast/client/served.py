"""The policies that the server serves: the last good ones, kept for a start without it."""

from __future__ import annotations

import logging
from pathlib import Path

import msgspec

from holdfast.client.calls import Reply
from holdfast.decision import Source
from holdfast.record.ledger.files import write_durably

_log = logging.getLogger(__name__)


class Served(msgspec.Struct, frozen=True):
    """Policies as the server serves them."""

    hash: str
    sources: tuple[Source, ...]
    etag: str = ""
    fresh: bool = True
    """False for the last good ones, when the server is away."""


class LastServed:
    """What was served last, to this process or to the one before it."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self.policies: Served | None = None

    @property
    def headers(self) -> dict[str, str] | None:
        """Asks for others than these."""
        return {"if-none-match": self.policies.etag} if self.policies and self.policies.etag else None

    def read(self, reply: Reply) -> Served | None:
        """Take what the server answers; None when it is not worth trusting."""
        if reply.status == 304:
            return self.policies
        served = reply.read(Served) if reply.status == 200 else None
        if served is None:
            return None
        served = msgspec.structs.replace(served, etag=reply.etag, fresh=True)
        before, self.policies = self.policies, served
        if before is None or before.hash != served.hash:
            self._keep(served)
        return served

    def recall(self) -> Served | None:
        """What was read last, else what was kept by the process before."""
        if self.policies is None:
            self.policies = self._read_kept()
        return self.policies

    def _keep(self, served: Served) -> None:
        if self._path is None:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_durably(self._path, msgspec.json.encode(served))
        except OSError as error:
            _log.warning("holdfast: the last good policies cannot be kept in %s: %s", self._path, error)

    def _read_kept(self) -> Served | None:
        if self._path is None or not self._path.is_file():
            return None
        try:
            served = msgspec.json.decode(self._path.read_bytes(), type=Served)
        except (OSError, msgspec.DecodeError):
            _log.warning("holdfast: %s cannot be read", self._path)
            return None
        return msgspec.structs.replace(served, fresh=False)
