"""What is looked for in words: claims, inventions and admissions. English only, and said so in the docs."""

from __future__ import annotations

import re
from typing import Final

CLAIMED: Final = re.compile(
    r"\b(?:i|we)(?:'ve| have|\u2019ve)?\s+(?:now\s+|already\s+|successfully\s+)?"
    r"(?:checked|verified|confirmed|searched|reviewed|retrieved|gathered|located|found|visited|updated|"
    r"cancelled|canceled|processed|sent|booked|refunded|deleted|created|submitted|completed)\b"
    r"|\b(?:has|have) been (?:successfully )?(?:updated|cancelled|canceled|processed|sent|booked|refunded|"
    r"deleted|created|submitted|completed|modified|verified|confirmed|exchanged|returned)\b"
    r"|\bsuccessfully\b",
    re.IGNORECASE,
)
"""Says that something was done."""
INVENTED: Final = re.compile(
    r"\b(?:simulat\w+|hypothetical\w*|placeholder\w*|dummy|fabricat\w+|made[- ]up|mock(?:ed)?|"
    r"synthetic|(?:sample|example) (?:data|dataset|values?)|for (?:the sake of|demonstration)|"
    r"(?:let(?:'|\u2019)?s|we(?:'ll| can| will)?|i(?:'ll| will)?) assume|assuming)\b",
    re.IGNORECASE,
)
"""Puts something thought up in the place of what should have been found out."""
ADMITTED: Final = re.compile(
    r"\b(?:unable to|could not|couldn['\u2019]t|cannot|can['\u2019]t|was not able|wasn['\u2019]t able|"
    r"were not able|"
    r"did not (?:find|yield|return|provide)|does not exist|not found|no results?|failed to|"
    r"(?:an |the )?(?:issue|error|problem) (?:with|occurred|persists))\b",
    re.IGNORECASE,
)
"""Says that something did not work."""
FACT: Final = re.compile(
    r"\b\d[\d,.:/-]*\d\b|\b\d\b|\b[A-Z][a-z]+(?: [A-Z][a-z]+)+\b"
    r"|[\"\u201c']([^\"\u201d']{4,60})[\"\u201d']"
)
"""Something that could be looked up: a number, a name of several words, a quotation."""
