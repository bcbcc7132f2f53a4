"""The keys of the vault: the newest seals, every one of them opens, and what they are is never printed.

A key is 32 random bytes, written in URL-safe base64. It stands in a file that only its owner may read, or in
`HOLDFAST_VAULT_KEY`; several are separated by line ends or commas, the newest first. A sealed secret says
which key it needs, by a part of its digest, so keys can be changed while old secrets still need old ones.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from holdfast_server.errors import Misconfigured

ENVIRONMENT: Final = "HOLDFAST_VAULT_KEY"
FILE: Final = "vault.key"
KEY_BYTES: Final = 32
ID_BYTES: Final = 4
KEYS_MAX: Final = 16
MAKE_ONE: Final = "python -c 'import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())'"


class VaultKey(msgspec.Struct, frozen=True):
    """One key; it shows its id and nothing else."""

    id: bytes
    secret: bytes

    def __repr__(self) -> str:
        return f"VaultKey({self.id.hex()})"


class Keyring(msgspec.Struct, frozen=True):
    """Keys, the newest first."""

    keys: tuple[VaultKey, ...]
    file: Path | None
    """Where they stand; None when the environment gave them."""

    @property
    def newest(self) -> VaultKey:
        """The one that seals."""
        return self.keys[0]

    def find(self, key_id: bytes) -> VaultKey | None:
        """The key of this id."""
        return next((key for key in self.keys if key.id == key_id), None)


def open_keyring(folder: Path, *, environ: Mapping[str, str], make: bool) -> Keyring | None:
    """The keys of the environment, or else of the file in a folder.

    Args:
        folder: where the file stands.
        environ: the environment.
        make: whether to make a key where there is none; without it the answer is None then.

    Raises:
        Misconfigured: a key is none, or the file may be read by others.
    """
    if said := environ.get(ENVIRONMENT, "").strip():
        return Keyring(_read(said, ENVIRONMENT), None)
    path = folder / FILE
    try:
        if not path.exists():
            if not make:
                return None
            write_keyring(Keyring((new_key(),), path))
        _refuse_open_file(path)
        return Keyring(_read(path.read_text(encoding="ascii"), str(path)), path)
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(
            f"the vault's key file {path} cannot be used: {error}", hint=f"Mend it, or set {ENVIRONMENT}."
        ) from error


def new_key() -> VaultKey:
    """A key nobody has seen."""
    return _key(secrets.token_bytes(KEY_BYTES))


def write_keyring(keyring: Keyring) -> Keyring:
    """Put the keys into their file, whole or not at all, for its owner alone; the same keys come back."""
    assert keyring.file is not None, "the environment keeps its own"
    keyring.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    text = "".join(f"{base64.urlsafe_b64encode(key.secret).decode()}\n" for key in keyring.keys)
    beside = keyring.file.with_suffix(".new")
    file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(file, text.encode())
        os.fsync(file)
    finally:
        os.close(file)
    beside.replace(keyring.file)
    return keyring


def _read(text: str, where: str) -> tuple[VaultKey, ...]:
    said = [part for part in re.split(r"[\s,]+", text) if part]
    if not 0 < len(said) <= KEYS_MAX:
        raise Misconfigured(f"{where} holds {len(said)} keys", hint=f"Make one: {MAKE_ONE}")
    return tuple(_key(_decode(part, where)) for part in said)


def _decode(part: str, where: str) -> bytes:
    try:
        raw = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != KEY_BYTES:
        raise Misconfigured(
            f"{where} holds something else than a key of {KEY_BYTES} bytes in base64",
            hint=f"Make one: {MAKE_ONE}",
        )
    return raw


def _key(raw: bytes) -> VaultKey:
    return VaultKey(hashlib.sha256(b"holdfast vault key\0" + raw).digest()[:ID_BYTES], raw)


def _refuse_open_file(path: Path) -> None:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise Misconfigured(
            f"the vault's key file {path} may be read by others (mode {mode:o})", hint=f"chmod 600 {path}"
        )
