"""Checkpoints: the size and root of a log, signed, in the C2SP formats that other log tools read.

A checkpoint is a signed note (c2sp.org/signed-note, c2sp.org/tlog-checkpoint): three lines of text, an empty
line, a signature line. Every byte of it is checked: what does not print back exactly as it was read is
refused.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from holdfast.errors import Misconfigured, Tampered
from holdfast.record.secret import keep_secret

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_ED25519: Final = b"\x01"
_DASH: Final = "— "
_PRIVATE: Final = "PRIVATE+KEY+"


class VerifierKey(msgspec.Struct, frozen=True, dict=True):
    """A public key and the name of the log it speaks for; printed as a C2SP `vkey`."""

    name: str
    public: bytes

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        """Read a `vkey` line.

        Raises:
            Tampered: it is not the exact text of a key.
        """
        name, _, rest = text.strip("\n").partition("+")
        _, _, encoded = rest.partition("+")
        raw = _decode(encoded)
        key = cls(name, raw[1:]) if raw[:1] == _ED25519 and len(raw) == 33 else None
        if key is None or f"{key}\n" != text:
            raise Tampered(
                "the public key of the ledger is not readable", hint="Compare key.pub with a copy."
            )
        return key

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{_encode(_ED25519 + self.public)}"

    @cached_property
    def id(self) -> bytes:
        """The four bytes by which a signature names its key."""
        return _key_id(self.name, self.public)

    @cached_property
    def _ed25519(self) -> Ed25519PublicKey:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        return Ed25519PublicKey.from_public_bytes(self.public)

    def verify(self, text: bytes, signature: bytes) -> bool:
        """Whether this key signed the text."""
        from cryptography.exceptions import InvalidSignature

        try:
            self._ed25519.verify(signature, text)
        except (InvalidSignature, ValueError):
            return False
        return True


class SigningKey:
    """The private key of an installation; it signs the checkpoints of all its logs."""

    def __init__(self, seed: bytes) -> None:
        self._seed = seed

    @classmethod
    def open(cls, path: Path) -> SigningKey:
        """Read the key file, or make one that only its owner may read.

        Raises:
            Misconfigured: the file is not a key.
        """
        fresh = cls(os.urandom(32)).private_text()
        text = keep_secret(path, fresh.encode()).decode("utf-8", "replace")
        parts = text.strip().removeprefix(_PRIVATE).split("+", 2)
        raw = _decode(parts[-1])
        if len(raw) != 33 or raw[:1] != _ED25519:
            hint = "Restore it, or move it away to start a new one."
            raise Misconfigured(f"{path} is not a ledger key", hint=hint)
        return cls(raw[1:])

    def private_text(self) -> str:
        """The key as it is kept in a file; never print it."""
        key = self.verifier("holdfast")
        return f"{_PRIVATE}{key.name}+{key.id.hex()}+{_encode(_ED25519 + self._seed)}\n"

    @cached_property
    def _ed25519(self) -> Ed25519PrivateKey:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return Ed25519PrivateKey.from_private_bytes(self._seed)

    def verifier(self, name: str) -> VerifierKey:
        """The public half, for the log of this name."""
        return VerifierKey(name, self._ed25519.public_key().public_bytes_raw())

    def sign(self, text: bytes) -> bytes:
        """The signature over the text."""
        return self._ed25519.sign(text)


class Checkpoint(msgspec.Struct, frozen=True):
    """What a log was at one moment: so many records with this root."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The lines that are signed."""
        return f"{self.origin}\n{self.size}\n{_encode(self.root)}\n"

    def sign(self, key: SigningKey) -> str:
        """The checkpoint as a signed note."""
        verifier = key.verifier(self.origin)
        signature = verifier.id + key.sign(self.text().encode())
        return f"{self.text()}\n{_DASH}{verifier.name} {_encode(signature)}\n"


NOTE_LINES: Final = 5
"""Lines of a signed checkpoint: origin, size, root, nothing, signature."""


def open_note(note: str, key: VerifierKey) -> Checkpoint:
    """Read a signed checkpoint.

    Raises:
        Tampered: the note is not exactly what the key signed.
    """
    lines = note.split("\n")
    if len(lines) != NOTE_LINES + 1 or lines[3] or lines[5]:
        raise Tampered("a checkpoint is not a signed note")
    checkpoint = Checkpoint(
        lines[0], int(lines[1]) if lines[1].isascii() and lines[1].isdigit() else -1, _decode(lines[2])
    )
    raw = _decode(lines[4].rpartition(" ")[2])
    printed = f"{checkpoint.text()}\n{_DASH}{key.name} {_encode(raw)}\n"
    if checkpoint.origin != key.name or printed != note or raw[:4] != key.id:
        raise Tampered(f"a checkpoint of {lines[0]!r} is not in the form its key {key.name!r} signs")
    if not key.verify(checkpoint.text().encode(), raw[4:]):
        raise Tampered(f"the signature of the checkpoint at size {checkpoint.size} does not hold")
    return checkpoint


def _key_id(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:4]


def _encode(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _decode(text: str) -> bytes:
    """Read base64; what is not base64 reads as nothing, and nothing never verifies."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
