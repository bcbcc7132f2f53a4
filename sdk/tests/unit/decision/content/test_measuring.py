"""The report counts what it says it counts."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from holdfast.cli.detectors import detectors
from holdfast.decision.content.measuring import Corpus, disputes, measure, part_of, wilson
from holdfast.decision.content.own_corpus import own_corpora
from holdfast.errors import Misconfigured
from holdfast.record.corpora import read_corpora, report

SHARED = Path(__file__).parents[6] / "shared" / "data"


def test_an_interval_is_wilsons() -> None:
    low, high = wilson(7, 110)
    assert (round(low or 0, 4), round(high or 0, 4)) == (0.0312, 0.1256)
    assert wilson(0, 0) == (None, None)


def test_every_row_is_in_one_part_and_is_counted_once() -> None:
    for corpus in own_corpora():
        scores = measure(corpus)
        rows = [row for row in corpus.rows if part_of(str(row["id"])) == "held-out"]
        counted = sum(score.n + score.negatives for score in scores if score.part == "held-out")
        assert counted >= len(rows)
        whole = next((score for score in scores if score.part == "whole"), None)
        assert whole is None or whole.n == sum(score.n for score in scores if score is not whole)
        assert all(sum(group.n for group in score.groups) == score.n for score in scores)


def test_something_found_elsewhere_is_not_the_value() -> None:
    row = {"id": "a", "label": "secret", "text": "password=hunter2 of user 91", "value": "user 91"}
    (score,) = measure(Corpus("one", "secret", (row,)))
    assert score.recall == 0


def test_a_disputed_row_counts_but_for_one_group() -> None:
    rows: tuple[dict[str, Any], ...] = (
        {"id": "p", "label": "secret", "text": "password=hunter2!"},
        {"id": "n", "label": "not_secret", "text": "password=hunter2! "},
        {"id": "i", "label": "secret", "text": "a bucket", "categories": ["identifier"]},
        {"id": "d", "label": "secret", "text": "nothing", "disputed": "holds nothing"},
    )
    corpus = Corpus("one", "secret", rows)
    assert disputes(corpus) == {
        "n": "p lists the same text as a secret",
        "i": "its source calls it an identifier, not a secret",
        "d": "holds nothing",
    }
    scores = measure(corpus)
    parts = [score for score in scores if score.part != "whole"]
    assert sum(score.n + score.negatives for score in parts) == 4
    rest = [group for score in parts for group in score.groups if group.corpus == "undisputed"]
    assert [(group.n, group.recall, group.negatives) for group in rest] == [(1, 1.0, 0)]


def test_the_shipped_corpora_are_found_and_nothing_else() -> None:
    for score in report():
        assert score.recall is None or score.recall >= 0.8
        assert not score.false_alarm


def test_a_folder_is_read_plain_or_packed(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"id": "1", "label": "secret", "text": "t"},
        {"id": "2", "text": "a@b.com", "spans": []},
    ]
    with gzip.open(tmp_path / "a.jsonl.gz", "wt") as file:
        file.write(json.dumps(rows[0]))
    (tmp_path / "b.jsonl").write_text(json.dumps(rows[1]))
    assert [corpus.detector for corpus in read_corpora([tmp_path])] == ["secret", "pii"]


def test_what_is_no_corpus_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("{not json")
    with pytest.raises(Misconfigured, match=r"a corpus|JSON|Expecting"):
        read_corpora([tmp_path])


def test_the_command_scans_lines(tmp_path: Path) -> None:
    del tmp_path
    line = json.dumps({"id": "x", "text": "mail a@example.com"})
    said = CliRunner().invoke(detectors, ["scan", "--json", "--redact"], input=line)
    told = json.loads(said.output)
    assert [one["kind"] for one in told["findings"]] == ["email"]
    assert told["redacted"] == "mail [redacted:email]"


def test_the_command_reports_with_the_peer_beside() -> None:
    said = json.loads(CliRunner().invoke(detectors, ["report", "--json"]).output)
    peers = {one["detector"]: one["peer"] for one in said["items"]}
    assert round(peers["injection"]["recall"], 3) == 0.064
    assert peers["secret"] is None


@pytest.mark.skipif(not (SHARED / "pii").exists(), reason="the public corpora are not here")
def test_public_corpora_keep_their_bars() -> None:
    scores = {
        (score.detector, score.part): score
        for score in report([SHARED / "pii", SHARED / "secrets", SHARED / "injection_texts"])
        if not score.corpus.startswith("holdfast-")
    }
    personal, secret, order = (scores[each, "held-out"] for each in ("pii", "secret", "injection"))
    assert (personal.recall or 0) >= 0.95
    assert (personal.false_alarm or 0) <= 0.02
    assert (secret.recall or 0) >= 0.88
    (rest,) = (group for group in secret.groups if group.corpus == "undisputed")
    assert (rest.false_alarm or 0) <= 0.02
    assert (order.recall or 0) >= 0.25
    assert (order.false_alarm or 0) <= 0.02
