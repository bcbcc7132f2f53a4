"""What one process hands over to an agent in another: the chain, its authority and its labels, signed.

The record is signed with Ed25519 and verified once, when it is accepted. It names the agent that it is for,
the session it belongs to, and a moment after which it is worth nothing; it can be accepted once. What it says
only limits: the rules of the accepting process are asked for every link all the same.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import os
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from holdfast.action import Actor
from holdfast.decision import Authority
from holdfast.errors import Misconfigured, Refused, Tampered
from holdfast.record.ledger.note import SigningKey, VerifierKey
from holdfast.record.secret import keep_secret

HEADER: Final = "Holdfast-Delegation"
"""The HTTP header that carries a hand-off."""
REPLY_HEADER: Final = "Holdfast-Labels"
"""The HTTP header that carries the labels of an answer back."""
VARIABLE: Final = "HOLDFAST_DELEGATION"
"""The environment variable that carries a hand-off to a program."""
VERSION: Final = "hf1"
TOKEN_MAX: Final = 16 * 1024
CHAIN_MAX: Final = 64
USED_MAX: Final = 1_000
"""Marks of used hand-offs that are looked through for expired ones."""
_name: Final = "delegation"
_domain: Final = b"holdfast delegation 1\n"


class Handed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A hand-off: who stands behind it, what they can reach, what the session has met."""

    to: str
    """The agent that it is for."""
    session: str
    trace: str
    step: str
    """The step that hands over; the parent of the run that takes it."""
    person: str
    chain: tuple[Actor, ...]
    authority: tuple[Authority, ...]
    """What the links could reach when it was handed over; links that reach everything are left out."""
    labels: tuple[str, ...]
    nonce: str
    expires_ns: int
    since: dict[str, tuple[str, str]] = {}
    """For each label the step and the tool that brought it first."""
    runs: tuple[str, ...] = ()
    """The run that hands over and every run above it: what is used for them counts in their budgets."""


class Reply(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The labels that come back with an answer."""

    nonce: str
    """Of the hand-off that it answers."""
    labels: tuple[str, ...]


T = TypeVar("T", Handed, Reply)


class Keys:
    """The key that signs the hand-offs of this installation, and those whose signatures count."""

    def __init__(self, folder: Path, trusted: Iterable[str] = ()) -> None:
        self._key = SigningKey.open(folder / "delegation.ed25519")
        self.public = str(self._key.verifier(_name))
        """What others put into `guard.delegation_keys` to accept hand-offs from here."""
        keep_secret(folder / "delegation.pub", f"{self.public}\n".encode())
        try:
            others = [VerifierKey.parse(f"{text}\n") for text in trusted]
        except Tampered as error:
            raise Misconfigured("guard.delegation_keys: not a key", hint="Copy the whole line.") from error
        self._trusted = (self._key.verifier(_name), *others)

    def sign(self, said: Handed | Reply) -> str:
        """The token of a hand-off or a reply."""
        body = msgspec.json.encode(said)
        signed = self._key.sign(_domain + type(said).__name__.encode() + b"\n" + body)
        return f"{VERSION}.{_encode(body)}.{_encode(signed)}"

    def read_handed(self, token: str, *, now_ns: int) -> Handed:
        """The hand-off of a token.

        Raises:
            Tampered: it is not what one of the trusted keys signed.
            Refused: it has expired.
        """
        handed = self._read(token, Handed)
        if now_ns >= handed.expires_ns:
            raise Refused("the hand-off has expired", hint="Hand over anew, nearer to the call.")
        if not handed.chain or len(handed.chain) > CHAIN_MAX:
            raise Refused(f"a hand-off has 1 to {CHAIN_MAX} agents behind it")
        return handed

    def read_reply(self, token: str) -> Reply:
        """The reply of a token.

        Raises:
            Tampered: it is not what one of the trusted keys signed.
        """
        return self._read(token, Reply)

    def _read(self, token: str, kind: type[T]) -> T:
        version, _, rest = token.partition(".")
        text, _, signature = rest.partition(".")
        body, signed = _decode(text), _decode(signature)
        said = _domain + kind.__name__.encode() + b"\n" + body
        if (
            version != VERSION
            or len(token) > TOKEN_MAX
            or not any(k.verify(said, signed) for k in self._trusted)
        ):
            hint = "Put the sender's delegation.pub into guard.delegation_keys, if it is one of yours."
            raise Tampered("nobody who is trusted here signed this hand-off", hint=hint)
        try:
            return msgspec.json.decode(body, type=kind)
        except msgspec.MsgspecError as error:
            hint = "Bring both processes to the same version of Holdfast."
            raise Tampered("this hand-off says more than is understood here", hint=hint) from error


def mark_of(handed: Handed) -> str:
    """What a hand-off is remembered by."""
    return hashlib.sha256(handed.nonce.encode()).hexdigest()[:32]


def use_once(folder: Path, handed: Handed, *, now_ns: int) -> bool:
    """Whether this is the first time that a hand-off is accepted by the processes of this data folder."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for old in islice(folder.iterdir(), USED_MAX):
        with contextlib.suppress(OSError, ValueError):
            if int(old.name.partition("-")[0]) < now_ns:
                old.unlink()
    mark = folder / f"{handed.expires_ns}-{mark_of(handed)}"
    try:
        os.close(os.open(mark, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return False
    return True


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""
