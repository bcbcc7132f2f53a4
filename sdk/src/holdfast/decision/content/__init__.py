"""What a text holds: secrets, personal data, injected instructions, what cannot be seen.

Detectors are annotators: what they find labels a session and can be read by policies. None is a gate by
itself, and each says how often it is right (`holdfast detectors report`).
"""

from holdfast.decision.content import tokens
from holdfast.decision.content.detect import Look, names_a_secret, scan
from holdfast.decision.content.finding import EVERYTHING, SECRETS, TEXT_MAX, Family, Finding
from holdfast.decision.content.rules import (
    Content,
    ContentRule,
    Objection,
    Place,
    Reading,
    apply,
)
from holdfast.decision.content.streaming import Stream

__all__ = [
    "EVERYTHING",
    "SECRETS",
    "TEXT_MAX",
    "Content",
    "ContentRule",
    "Family",
    "Finding",
    "Look",
    "Objection",
    "Place",
    "Reading",
    "Stream",
    "apply",
    "names_a_secret",
    "scan",
    "tokens",
]
