"""Why an invoice and the books differ, by model and day: every cent of it is explained, or said not to be.

```text
matched       within one per cent
not seen      the invoice has a model that nobody recorded: calls that passed Holdfast by
not billed    recorded, and not on the invoice: credits, free tiers, another account
unpriced      recorded calls without a known price are on the invoice
day shift     the model agrees over the whole invoice: only the days are cut elsewhere
no model      tax, support, storage …
unexplained   the rest: other prices, or calls that were only partly recorded
```
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final, Literal

import msgspec

from holdfast_server.insight.costs.invoice import Line

CLOSE: Final = 0.01
"""Amounts this near each other are the same: invoices round line by line."""
CENT: Final = 10_000

Reason = Literal["matched", "not_seen", "not_billed", "unpriced", "day_shift", "no_model", "unexplained"]
Key = tuple[str, str]
"""Model, day."""


class Recorded(msgspec.Struct):
    """What the books say of one model on one day."""

    micro_usd: int = 0
    unpriced: int = 0


class Difference(msgspec.Struct, frozen=True):
    """One model on one day."""

    model: str
    day: str
    billed: int
    recorded: int
    reason: Reason


def compare(lines: Iterable[Line], recorded: Mapping[Key, Recorded]) -> list[Difference]:
    """Every model and day of either side, with the reason for its difference.

    Args:
        lines: of the invoice.
        recorded: what the books have of the same days, by the model's name there and day.
    """
    names = {plain(model): model for model, _ in recorded}
    billed: defaultdict[Key, int] = defaultdict(int)
    for line in lines:
        billed[_find_name(line, names), line.day] += line.micro_usd
    sums: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    keys = {*billed, *recorded}
    for model, day in keys:
        sums[model][0] += billed.get((model, day), 0)
        sums[model][1] += recorded.get((model, day), Recorded()).micro_usd
    close = {model for model, (there, here) in sums.items() if _close(there, here)}
    seen = {model for model, _ in recorded}
    return [
        _difference(key, billed.get(key, 0), recorded.get(key, Recorded()), close=close, seen=seen)
        for key in sorted(keys, key=lambda key: (key[1], key[0]))
    ]


def plain(model: str) -> str:
    """A model's name without maker, date and punctuation: under it both sides mean the same."""
    bare = model.lower().rpartition("/")[2]
    bare = re.sub(r"^(?:[a-z]{2,6}\.)?(?:anthropic|openai|google|amazon|meta)\.", "", bare)
    bare = re.sub(
        r"[-@ ](?:20[0-9]{2}-?[0-9]{2}-?[0-9]{2}|latest|00[0-9]|v[0-9](?::[0-9])?)(?=$|[-:@ ])", "", bare
    )
    return re.sub(r"[^a-z0-9]", "", bare)


def _find_name(line: Line, names: Mapping[str, str]) -> str:
    """The books' name for the model of a line: the same one, else the longest that its text holds."""
    if not line.model:
        return ""
    wanted = plain(line.model)
    if wanted in names:
        return names[wanted]
    turned = _words(line.model)
    for model in names.values():
        # "Claude 4.5 Sonnet" and "claude-sonnet-4-5" are the same words in another order.
        if turned == _words(model):
            return model
    text = plain(line.text)
    inside = [name for name in names if len(name) >= 4 and name in text]
    return names[max(inside, key=len)] if inside else line.model


def _words(model: str) -> list[str]:
    undated = re.sub(r"[-@]20[0-9]{2}-?[0-9]{2}-?[0-9]{2}", "", model.lower().rpartition("/")[2])
    return sorted(re.findall(r"[a-z]+|[0-9]", undated))


def _difference(key: Key, billed: int, here: Recorded, *, close: set[str], seen: set[str]) -> Difference:
    model, day = key
    return Difference(
        model, day, billed, here.micro_usd, _reason(model, billed, here, close=close, seen=seen)
    )


def _reason(model: str, billed: int, here: Recorded, *, close: set[str], seen: set[str]) -> Reason:
    if not model:
        return "no_model"
    if _close(billed, here.micro_usd):
        return "matched"
    if model not in seen:
        return "not_seen"
    if here.unpriced:
        return "unpriced"
    if model in close:
        return "day_shift"
    return "not_billed" if billed == 0 else "unexplained"


def _close(one: int, other: int) -> bool:
    return abs(one - other) <= max(CENT / 2, CLOSE * max(abs(one), abs(other)))
