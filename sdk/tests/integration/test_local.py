"""Hand-written agents without a server: local rules, a local ledger, the same verdicts."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import holdfast
from holdfast.record.ledger import verify

pytestmark = pytest.mark.integration
Records = Callable[[], list[dict[str, Any]]]


def test_importing_holdfast_is_light() -> None:
    heavy = ("httpx", "httpx2", "pydantic", "click")
    code = f"import sys, holdfast; print([m for m in {heavy} if m in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_governing_imports_no_framework(tmp_path: Path) -> None:
    code = (
        "import sys, holdfast; holdfast.init(data=sys.argv[1]); holdfast.shutdown();"
        "print([m for m in ('agents', 'langchain_core', 'pydantic_ai', 'openai') if m in sys.modules])"
    )
    told = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert told.stdout.strip() == "[]"


def test_without_init_nothing_runs() -> None:
    @holdfast.tool
    def look_up(order: str) -> str:
        return order

    with pytest.raises(holdfast.Misconfigured, match=r"Call holdfast.init\(\) first"):
        look_up("A-1")


def test_init_twice_is_once(govern: Any) -> None:
    assert govern() is holdfast.init()


def test_positional_arguments_are_bound_and_defaults_are_judged(govern: Any) -> None:
    govern()

    @holdfast.tool(effect="spend")
    def refund(amount: int = 500, note: str = "") -> str:
        return f"{amount}{note}"

    assert refund() == "50"
    assert refund(20, note="!") == "20!"


def test_a_refusal_says_what_and_why(govern: Any) -> None:
    govern()

    @holdfast.tool(effect="destroy")
    def delete_account(name: str) -> None:
        raise AssertionError("it ran")

    with pytest.raises(holdfast.Denied, match="Accounts are deleted by people"):
        delete_account("ada")


def test_asking_without_a_server_says_the_next_step(govern: Any) -> None:
    govern()

    @holdfast.tool(effect="spend")
    def wire_money(amount: int) -> None:
        raise AssertionError("it ran")

    with pytest.raises(holdfast.Denied, match="holdfast up"):
        wire_money(5)


def test_arguments_that_fail_the_schema_name_the_path(govern: Any) -> None:
    govern()

    @holdfast.tool(effect="read")
    def look_up(order: str) -> str:
        raise AssertionError("it ran")

    with pytest.raises(holdfast.Denied, match="order"):
        look_up(7)  # type: ignore[arg-type]


def test_arguments_that_are_no_data_are_refused(govern: Any) -> None:
    govern()

    @holdfast.tool(effect="read")
    def look_up(order: Any) -> str:
        raise AssertionError("it ran")

    with pytest.raises(holdfast.Denied, match="not plain data"):
        look_up(object())
    with pytest.raises(holdfast.Denied, match="finite"):
        look_up(float("nan"))


def test_rich_types_go_in_as_data_and_come_out_as_themselves(govern: Any) -> None:
    govern()
    connection = object()

    @holdfast.tool(name="look_up", effect="read", inject=["database"])
    def look_up(since: date, database: object, *orders: str, **more: int) -> tuple[Any, ...]:
        return since, database, orders, more

    found = look_up(date(2026, 1, 2), connection, "A", "B", limit=3)
    assert found == (date(2026, 1, 2), connection, ("A", "B"), {"limit": 3})


def test_every_kind_of_function_is_governed(govern: Any, records: Records) -> None:
    govern()

    @holdfast.tool(name="look_up", effect="read")
    async def asked(order: str) -> str:
        return order

    @holdfast.tool(name="look_up", effect="read")
    def streamed(order: str) -> Iterator[str]:
        yield from order

    @holdfast.tool(name="look_up", effect="read")
    async def streamed_async(order: str) -> AsyncIterator[str]:
        for letter in order:
            yield letter

    async def work() -> list[str]:
        return [await asked("ab"), *[letter async for letter in streamed_async("cd")]]

    assert asyncio.run(work()) == ["ab", "c", "d"]
    assert list(streamed("ef")) == ["e", "f"]
    holdfast.shutdown()
    tools = [one for one in records() if one.get("target") == "look_up"]
    ended = {one["step"]: one["status"] for one in records() if one["type"] == "outcome"}
    assert [ended[one["step"]] for one in tools] == ["done"] * 3


def test_a_denied_generator_yields_nothing(govern: Any) -> None:
    govern()

    @holdfast.tool(name="delete_account", effect="destroy")
    def delete(name: str) -> Iterator[str]:
        yield name

    with pytest.raises(holdfast.Denied):
        next(delete("ada"))


def test_a_halt_is_sticky_and_no_except_exception_catches_it(govern: Any) -> None:
    govern()
    ran: list[str] = []

    @holdfast.tool(name="wipe_disk", effect="destroy")
    def wipe(name: str) -> None:
        ran.append("wipe")

    @holdfast.tool(name="look_up", effect="read")
    def look_up(order: str) -> None:
        ran.append("look_up")

    @holdfast.agent("careless")
    def work() -> None:
        try:
            wipe("a")
        except Exception:
            ran.append("swallowed")
        except BaseException:
            look_up("A-1")

    with pytest.raises(holdfast.Halted, match="Nobody wipes disks"):
        work()
    assert ran == []


def test_agents_in_agents_share_trace_and_chain(govern: Any, records: Records) -> None:
    govern()

    @holdfast.tool(effect="read")
    def look_up(order: str) -> str:
        return order

    @holdfast.agent("inner", version="2", owner="ada")
    def inner(order: str) -> str:
        return look_up(order)

    @holdfast.agent("outer")
    async def outer(order: str) -> str:
        return inner(order)

    with holdfast.session("case-1", person="grace"):
        assert asyncio.run(outer("A-1")) == "A-1"
    holdfast.shutdown()
    starts = [one for one in records() if one.get("kind") == "start"]
    [tool] = [one for one in records() if one.get("kind") == "tool"]
    assert tool["chain"] == ["outer", "inner"]
    assert (tool["version"], tool["owner"], tool["person"]) == ("2", "ada", "grace")
    assert {one["trace"] for one in (*starts, tool)} == {starts[0]["run"]}
    assert tool["parent"] == starts[1]["step"]


def test_a_failing_agent_ends_its_run_as_failed(govern: Any, records: Records) -> None:
    govern()

    @holdfast.agent("clumsy")
    def work() -> None:
        raise ValueError("oops")

    with pytest.raises(ValueError, match="oops"):
        work()
    holdfast.shutdown()
    [found] = [one for one in records() if one["type"] == "outcome"]
    assert (found["status"], found["error_class"]) == ("failed", "ValueError")


def test_shadow_mode_decides_and_records_but_acts_on_nothing(govern: Any, records: Records) -> None:
    govern(mode="shadow")

    @holdfast.tool(effect="destroy")
    def delete_account(name: str) -> str:
        return f"deleted {name}"

    @holdfast.tool(effect="spend")
    def refund(amount: int) -> int:
        return amount

    assert delete_account("ada") == "deleted ada"
    assert refund(500) == 500
    holdfast.shutdown()
    tools = [(one["verdict"], one["enforced"]) for one in records() if one.get("kind") == "tool"]
    assert tools == [("deny", False), ("transform", False)]


def test_what_cannot_be_recorded_does_not_run(govern: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    guard = govern()

    @holdfast.tool(effect="read")
    def look_up(order: str) -> str:
        raise AssertionError("it ran")

    guard.journal.ledger.close()
    with pytest.raises(holdfast.Denied, match="could not be checked"):
        look_up("A-1")


def test_a_hook_of_ours_that_raises_refuses_and_is_recorded(
    govern: Any, monkeypatch: pytest.MonkeyPatch, records: Records
) -> None:
    govern()

    @holdfast.tool(effect="read")
    def look_up(order: str) -> str:
        raise AssertionError("it ran")

    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("bug")

    monkeypatch.setattr("holdfast.guard.judging.decide", broken)
    with pytest.raises(holdfast.Denied, match="could not be checked"):
        look_up("A-1")
    monkeypatch.undo()
    holdfast.shutdown()
    failed = [one for one in records() if one["type"] == "decision" and one["rules"] == ["holdfast:error"]]
    assert failed
    assert failed[0]["errors"] == ["RuntimeError: bug"]


def test_the_ledger_that_is_left_verifies(govern: Any, tmp_path: Path) -> None:
    govern()

    @holdfast.tool(effect="read")
    def look_up(order: str) -> str:
        return order

    with holdfast.session():
        look_up("A-1")
    holdfast.shutdown()
    report = verify(tmp_path / "data")
    assert report.ok
    [log] = report.parts
    assert log.size == 4, "start and tool, decided and done"


def test_a_person_is_asked_in_hand_written_code_too(govern: Any, desk: Any) -> None:
    govern(desk)

    @holdfast.tool(effect="spend")
    async def wire_money(amount: int) -> int:
        return amount

    person = desk.answer_soon("approve", {"amount": 7})
    assert asyncio.run(wire_money(500)) == 7
    person.join()
    person = desk.answer_soon("refuse", note="never")
    with pytest.raises(holdfast.Rejected, match="never"):
        asyncio.run(wire_money(500))
    person.join()
    assert len(desk.uses) == 1


def test_an_edited_argument_is_judged_again(govern: Any, desk: Any) -> None:
    govern(desk)

    @holdfast.tool(effect="spend")
    def wire_money(amount: int) -> int:
        raise AssertionError("it ran")

    person = desk.answer_soon("approve", {"amount": "all of it"})
    with pytest.raises(holdfast.Denied, match="amount"):
        wire_money(500)
    person.join()
    assert desk.uses == []


def test_silence_is_refusal(govern: Any, desk: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOLDFAST_GUARD__APPROVAL_TTL_S", "0.3")
    govern(desk)

    @holdfast.tool(effect="spend")
    def wire_money(amount: int) -> int:
        raise AssertionError("it ran")

    with pytest.raises(holdfast.Expired, match="nobody approved this in time"):
        wire_money(500)


def test_a_kill_ends_what_waits(govern: Any, desk: Any) -> None:
    govern(desk)

    @holdfast.tool(effect="spend")
    def wire_money(amount: int) -> int:
        raise AssertionError("it ran")

    @holdfast.agent("teller")
    def work() -> None:
        wire_money(500)

    def stop() -> None:
        desk.pending()
        desk.kill("agent", "teller")

    import threading

    person = threading.Thread(target=stop)
    person.start()
    with pytest.raises(holdfast.Halted):
        work()
    person.join()


def test_when_governing_fails_nothing_is_governed(tmp_path: Path) -> None:
    with pytest.raises(holdfast.Misconfigured, match="no integration 'no_such'"):
        holdfast.init(data=tmp_path, server="", integrations=["no_such"])
    with pytest.raises(holdfast.Misconfigured, match="nothing is governed yet"):
        holdfast.session().__enter__()
