"""Ids: well formed, never the same twice, not even after a fork."""

from __future__ import annotations

import multiprocessing
import re

import pytest

from holdfast.guard.ids import new_run_id, new_step_id


def test_ids_have_the_form_of_spans_and_traces() -> None:
    assert re.fullmatch("[0-9a-f]{16}", new_step_id())
    assert re.fullmatch("[0-9a-f]{32}", new_run_id())
    assert len({new_step_id() for _ in range(1_000)}) == 1_000


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="this system cannot fork")
def test_a_forked_child_names_its_steps_differently() -> None:
    fork = multiprocessing.get_context("fork")
    answers = fork.SimpleQueue()
    child = fork.Process(target=lambda: answers.put(new_step_id()))
    child.start()
    ours, theirs = new_step_id(), answers.get()
    child.join()
    assert ours != theirs
