"""What a caller holds in its hand: that a record is in the log, now as a promise and later as a proof."""

from __future__ import annotations

import base64
from typing import Final

import msgspec

from holdfast.errors import Tampered
from holdfast.record.ledger.merkle import leaf_hash, root_from_inclusion
from holdfast.record.ledger.note import VerifierKey, open_note

PROOF_HEADER: Final = "c2sp.org/tlog-proof@v1"


class Receipt(msgspec.Struct, frozen=True, gc=False):
    """Where a record stands; given only when a killed process can no longer lose it."""

    log: str
    index: int


class Proof(msgspec.Struct, frozen=True):
    """A record, its place, and the path from it to a signed checkpoint; checked without the ledger."""

    index: int
    leaf: bytes
    path: tuple[bytes, ...]
    note: str

    def __str__(self) -> str:
        """The text form, c2sp.org/tlog-proof, with the record itself in its `extra` line."""
        hashes = "".join(f"{base64.b64encode(node).decode()}\n" for node in self.path)
        extra = base64.b64encode(self.leaf).decode()
        return f"{PROOF_HEADER}\nextra {extra}\nindex {self.index}\n{hashes}\n{self.note}"

    @classmethod
    def parse(cls, text: str) -> Proof:
        """Read the text form.

        Raises:
            Tampered: it does not print back exactly as it was read.
        """
        try:
            head, _, note = text.partition("\n\n")
            _, extra, index, *path = head.split("\n")
            leaf = base64.b64decode(extra.removeprefix("extra "), validate=True)
            nodes = tuple(base64.b64decode(node, validate=True) for node in path)
            proof = cls(int(index.removeprefix("index ")), leaf, nodes, note)
        except ValueError as error:
            raise Tampered("the receipt is not readable") from error
        if str(proof) != text:
            raise Tampered("the receipt is not in its one exact form")
        return proof

    def verify(self, key: VerifierKey) -> int:
        """The size of the signed log in which the record is proved to stand.

        Raises:
            Tampered: the record, the path or the signature does not hold.
        """
        checkpoint = open_note(self.note, key)
        if (
            root_from_inclusion(leaf_hash(self.leaf), self.index, checkpoint.size, self.path)
            != checkpoint.root
        ):
            raise Tampered(f"the record is not number {self.index} of the signed log", index=self.index)
        return checkpoint.size
