"""The model that carries its weights with it."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import numpy as np
import pytest

from holdfast_server.action.llm.caches.embedding import LocalEmbedder


def test_texts_that_mean_the_same_lie_closer_than_others() -> None:
    pytest.importorskip("wordllama", reason="the extra `semantic` is not installed")
    embedder = LocalEmbedder()
    one, alike, other = (
        asyncio.run(embedder.embed(text))
        for text in (
            "How do I reset my password?",
            "How can I reset my password?",
            "What is the weather like in spring?",
        )
    )
    assert float(np.linalg.norm(one)) == pytest.approx(1.0, abs=1e-3)
    assert float(one @ alike) > 0.8
    assert float(one @ other) < 0.5


def test_a_worker_that_compares_nothing_by_meaning_imports_none_of_it() -> None:
    heavy = "{'numpy', 'wordllama'} & set(sys.modules)"
    code = f"import holdfast_server.action.llm.caches, sys; print(sorted({heavy}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
