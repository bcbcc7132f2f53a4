"""The figures of attribution are those that the marked runs give, and no plain guess does as well."""

from __future__ import annotations

import json

import pytest
from bench.attribution import run
from bench.attribution.corpora import MARKED, is_present


@pytest.mark.skipif(not is_present(), reason=f"SKIPPED: there are no marked runs at {MARKED}")
def test_the_figures_that_were_kept_are_those_that_are_measured() -> None:
    kept = json.loads(run.FIGURES.read_text())
    assert kept == json.loads(json.dumps(run.measure())), "run `python -m bench.attribution --keep`"


def test_the_ranking_is_better_than_every_plain_guess_also_with_the_weights_of_the_other_half() -> None:
    figures = json.loads(run.FIGURES.read_text())
    (whole,) = (one for one in figures["groups"] if one["corpus"] == "all")
    best = max(share[0] for share in whole["baselines"].values())
    assert min(whole["hit@1"][0], whole["crossed@1"][0]) > max(best, whole["random@1"])
    assert min(whole["hit@3"][0], whole["crossed@3"][0]) > whole["random@3"]
