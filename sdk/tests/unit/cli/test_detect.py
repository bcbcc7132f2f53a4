"""`holdfast detect` reads a stream, names lines that cannot be read, and says which detector fires where."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from holdfast.cli.detect import LINE_BYTES_MAX, detect


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(*lines: Any, said: tuple[str, ...] = ("--json",)) -> Result:
    text = "".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines)
    return CliRunner().invoke(detect, said, input=text)


def line(run: str = "a", **said: Any) -> dict[str, Any]:
    return {"run": run, "agent": "ada", "tool": "search", "args": {"q": "x"}, "result": "a page", **said}


def test_a_line_for_each_run_says_what_fired_at_which_step() -> None:
    told = run(*(line(one, step=n) for n in range(5) for one in ("a", "b" if n < 3 else "c")))
    found = [json.loads(text) for text in told.stdout.splitlines()]
    assert told.exit_code == 0
    assert {one["run"]: [fired["detector"] for fired in one["fired"]] for one in found} == {
        "a": ["identical_calls", "no_progress"],
        "b": [],
        "c": [],
    }
    assert {one["step"] for one in found[-1]["fired"]} <= {4}


def test_bad_lines_are_named_by_number_and_the_others_are_judged() -> None:
    told = run(line(), "nonsense", "", {"step": 1}, line("b"), '{"run": "c", "tokens_in": "many"}')
    assert told.exit_code == 2
    assert [text.partition(":")[0] for text in told.stderr.splitlines()] == ["line 2", "line 4", "line 6"]
    assert [json.loads(text)["run"] for text in told.stdout.splitlines()] == ["a", "b"]


def test_a_line_that_is_too_long_is_passed_over_whole() -> None:
    told = run(line(result="x" * (2 * LINE_BYTES_MAX)), line("b"))
    assert told.exit_code == 2
    assert "line 1: longer than" in told.stderr
    assert [json.loads(text)["run"] for text in told.stdout.splitlines()] == ["b"]


def test_what_is_no_such_file_is_given_up_after_a_hundred_lines() -> None:
    told = run(*["nonsense"] * 200)
    assert len(told.stderr.splitlines()) == 101


def test_thresholds_come_from_a_file_or_from_another_project(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text("detectors: {identical_calls: {deny: 2}, no_progress: off}\n")
    [own] = run(line(), line(), said=("--json", "--policies", "rules.yaml")).stdout.splitlines()
    assert [one["verdict"] for one in json.loads(own)["fired"]] == ["deny"]
    [theirs] = run(*[line()] * 4, said=("--json", "--thresholds", "openhands")).stdout.splitlines()
    assert [(one["detector"], one["step"]) for one in json.loads(theirs)["fired"]] == [("identical_calls", 3)]


def test_people_read_each_firing_as_it_happens_and_a_sum() -> None:
    told = run(*[line()] * 5, said=())
    assert told.stdout.splitlines()[0].startswith("a  step 4  halt  identical_calls: The same call")
    assert told.stdout.splitlines()[-1] == "1 run, something to say of 1, 1 stopped"
