"""What tokens stand for: kept per session, encrypted on disk, for a while, told to a tool's arguments only.

A line of a session's file is one value under AES-GCM, bound to its session. The key lies beside the other
keys of the data folder, readable by its owner only. A value has one token in a session; in another it has
another.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import logging
import os
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from holdfast.decision.content import tokens
from holdfast.record.secret import keep_secret

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
VALUES_MAX: Final = 10_000
"""Values of one session; further ones are redacted for good."""
VALUE_MAX: Final = 4_096
"""Characters of a value; a longer one is redacted for good."""
SESSIONS_MAX: Final = 1_024
"""Sessions held in memory; the rest is read from disk again."""
FILES_MAX: Final = 100_000
TTL_S: Final = 30 * 86_400
"""A session that got no new value for so long is forgotten."""
SWEEP_S: Final = 3_600

log = logging.getLogger("holdfast")


class _Session:
    def __init__(self) -> None:
        self.values: dict[tuple[str, str], str] = {}
        """Kind and id → value."""
        self.ids: dict[tuple[str, str], str] = {}
        """Kind and value → id."""

    def add(self, kind: str, id: str, value: str) -> None:  # noqa: A002  # the token's own word
        self.values[kind, id] = value
        self.ids[kind, value] = id


class Vault:
    """The values behind the tokens of all sessions of a data folder."""

    def __init__(self, data: Path, *, ttl_s: float = TTL_S, clock: Callable[[], float] = time.time) -> None:
        self._folder = data / "vault"
        self._key_file = data / "keys" / "vault.key"
        self._ttl_s, self._clock = ttl_s, clock
        self._lock = threading.Lock()
        self._known: OrderedDict[str, _Session] = OrderedDict()
        self._cipher: AESGCM | None = None
        self._swept = 0.0

    def namer(self, session: str) -> Callable[[str, str], str]:
        """Gives values of a session their tokens."""
        return partial(self.name, session)

    def finder(self, session: str) -> Callable[[str, str], str | None]:
        """Tells what the tokens of a session stand for."""
        return partial(self.find, session)

    def name(self, session: str, kind: str, value: str) -> str:
        """The token of a value; what cannot be kept is redacted for good."""
        with self._lock:
            known = self._session(session)
            id = known.ids.get((kind, value))  # noqa: A001  # the token's own word
            if id is None:
                if len(value) > VALUE_MAX or len(known.values) >= VALUES_MAX:
                    return f"[redacted:{kind}]"
                id = self._fresh(known, kind)  # noqa: A001
                try:
                    self._append(session, kind, id, value)
                except OSError as error:
                    log.warning(
                        "holdfast: a value cannot be kept, it is redacted for good: %s", error.strerror
                    )
                    return f"[redacted:{kind}]"
                known.add(kind, id, value)
            return tokens.write(kind, id)

    def find(self, session: str, kind: str, id: str) -> str | None:  # noqa: A002  # the token's own word
        """What a token stands for, if this session knows it."""
        with self._lock:
            return self._session(session).values.get((kind, id))

    def forget(self, session: str) -> None:
        """Nobody knows a session's values from now on."""
        with self._lock:
            self._known.pop(session, None)
            self._file(session).unlink(missing_ok=True)

    def _fresh(self, known: _Session, kind: str) -> str:
        while True:
            id = "".join(secrets.choice(tokens.ALPHABET) for _ in range(tokens.SIZE))  # noqa: A001
            if (kind, id) not in known.values:
                return id

    def _session(self, session: str) -> _Session:
        known = self._known.get(session)
        if known is None:
            self._sweep()
            known = self._known[session] = _Session()
            for kind, id, value in self._read(session):  # noqa: A001
                known.add(kind, id, value)
            while len(self._known) > SESSIONS_MAX:
                self._known.popitem(last=False)
        self._known.move_to_end(session)
        return known

    def _read(self, session: str) -> Iterator[tuple[str, str, str]]:
        try:
            lines = self._file(session).read_bytes().splitlines()[:VALUES_MAX]
        except OSError:  # none yet, or none that can be read
            return
        for line in lines:
            try:
                sealed = base64.b64decode(line, validate=True)
                plain = self._aes().decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], session.encode())
                kind, id, value = json.loads(plain)  # noqa: A001
            except Exception:  # noqa: BLE001, S112  # a line torn by a kill, or sealed with another key, tells nothing
                continue
            yield kind, id, value

    def _append(self, session: str, kind: str, id: str, value: str) -> None:  # noqa: A002  # the token's own word
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._aes().encrypt(nonce, json.dumps([kind, id, value]).encode(), session.encode())
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(self._file(session), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "ab") as file:
            file.write(base64.b64encode(nonce + sealed) + b"\n")

    def _file(self, session: str) -> Path:
        return self._folder / hashlib.sha256(session.encode()).hexdigest()[:32]

    def _aes(self) -> AESGCM:
        if self._cipher is None:
            from cryptography.hazmat.primitives.ciphers.aead import AESGCM

            key = keep_secret(self._key_file, os.urandom(KEY_BYTES))
            self._cipher = AESGCM(key)
        return self._cipher

    def _sweep(self) -> None:
        """Delete the files of sessions that got nothing new for too long, at most every hour."""
        now = self._clock()
        if now - self._swept < SWEEP_S or not self._folder.is_dir():
            return
        self._swept = now
        for count, file in enumerate(self._folder.iterdir()):
            if count >= FILES_MAX:
                return
            with contextlib.suppress(OSError):
                if now - file.stat().st_mtime > self._ttl_s:
                    file.unlink()
