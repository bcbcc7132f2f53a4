"""What a contract asks of whoever makes the call, kept around every call: time, repetition, keys, proof."""

from holdfast.guard.duties.duties import Duties, within, within_async
from holdfast.guard.duties.functions import functions, probes
from holdfast.guard.duties.proof import note_proof, unproven
from holdfast.guard.duties.retrying import Told

__all__ = ["Duties", "Told", "functions", "note_proof", "probes", "unproven", "within", "within_async"]
