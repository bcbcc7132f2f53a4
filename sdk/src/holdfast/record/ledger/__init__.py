"""A tamper-evident log in a folder: append, prove, verify."""

from holdfast.record.ledger.files import is_locked
from holdfast.record.ledger.ledger import Ledger
from holdfast.record.ledger.local import LEDGERS, LocalLedger, open_ledger
from holdfast.record.ledger.note import Checkpoint, SigningKey, VerifierKey, open_note
from holdfast.record.ledger.reader import Reader
from holdfast.record.ledger.receipt import Proof, Receipt
from holdfast.record.ledger.segment import LEAF_BYTES_MAX
from holdfast.record.ledger.verify import Report, verify, verify_ledger

__all__ = [
    "LEAF_BYTES_MAX",
    "LEDGERS",
    "Checkpoint",
    "Ledger",
    "LocalLedger",
    "Proof",
    "Reader",
    "Receipt",
    "Report",
    "SigningKey",
    "VerifierKey",
    "is_locked",
    "open_ledger",
    "open_note",
    "verify",
    "verify_ledger",
]
