"""What is said of the cache by meaning is true of the data that nothing was chosen on."""

from __future__ import annotations

import json

import pytest
from bench.cache.corpora import is_present, read_corpora
from bench.cache.run import FIGURES, SHIPPED, closest, count, is_kept, share_false

from holdfast_server.action.llm.config import CacheTerms

pytest.importorskip("wordllama", reason="the extra `semantic` is not installed")


def test_the_figures_that_were_kept_hold_for_the_threshold_that_is_shipped() -> None:
    kept = json.loads(FIGURES.read_text())
    assert kept["shipped"] == CacheTerms().threshold == SHIPPED
    assert is_kept(kept)
    assert all(share_false(row) <= 0.02 for row in kept["total"])


@pytest.mark.skipif(not is_present(), reason="../shared/data/semantic_cache is not on this machine")
def test_the_figures_of_pairs_that_were_kept_are_those_that_are_measured() -> None:
    from holdfast_server.action.llm.caches.embedding import load_local
    from holdfast_server.action.llm.caches.verifying import differs

    model, kept = load_local(), json.loads(FIGURES.read_text())["rows"]
    for corpus in read_corpora():
        if not corpus.is_stream:
            row = count(corpus, closest(corpus, model), SHIPPED, differs, verified=True)
            assert row in kept
