"""A claim is held against the world: what a probe shows of an effect, and what of it nobody can see."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sdk.tests.integration.outcomes import Records, outcomes

import holdfast
from holdfast.errors import Contradicted, OutputMismatch, Unconfirmed
from holdfast.record import Commitments

pytestmark = pytest.mark.integration


class Bank:
    """A world in which a claim can be false."""

    def __init__(self, *, lies: bool = False) -> None:
        self.lies = lies
        self.accounts: dict[str, int] = {}

    def pay(self, account: str, amount: int) -> dict[str, Any]:
        if not self.lies:
            self.accounts[account] = amount
        return {"id": account, "status": "done"}

    def balance(self, account: str) -> dict[str, Any]:
        return {"account": account, "amount": self.accounts.get(account, 0)}


def teller(bank: Bank, **options: Any) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The bank's two tools: one that claims, and one that shows."""

    @holdfast.tool(effect="read", name="balance", labels=())
    def balance(account: str) -> dict[str, Any]:
        return bank.balance(account)

    condition = {
        "tool": "balance",
        "arguments": {"account": "$result.id"},
        "expect": {"amount": "$arguments.amount"},
    }
    output = {"type": "object", "properties": {"id": {"type": "string"}, "status": {"type": "string"}}}

    @holdfast.tool(
        effect="spend", labels=(), name="pay", output=output, postconditions=[condition], **options
    )
    def pay(account: str, amount: int) -> dict[str, Any]:
        return bank.pay(account, amount)

    return pay, balance


def test_what_the_world_shows_is_confirmed(govern: Any, records: Records) -> None:
    govern()
    pay, _balance = teller(Bank())

    @holdfast.agent("clerk")
    def work() -> None:
        pay("X-1", 5)

    work()
    holdfast.shutdown()
    assert outcomes(records, "pay")[0]["observed"] == "confirmed"
    assert outcomes(records, "clerk")[0]["status"] == "done"
    probe = next(one for one in records() if one.get("target") == "balance")
    pay_step = next(one for one in records() if one.get("target") == "pay")
    assert probe["parent"] == pay_step["step"], "the probe is judged and recorded inside of the step"


def test_what_is_not_shown_says_how_it_is_taken_back(govern: Any) -> None:
    govern()
    pay, _balance = teller(
        Bank(lies=True), compensation={"tool": "reverse", "arguments": {"id": "$result.id"}}
    )
    with pytest.raises(Contradicted) as caught:
        pay("X-1", 5)
    assert caught.value.hint.endswith('This takes back what there is of it: reverse {"id":"X-1"}')


def test_what_was_claimed_is_recorded_though_it_is_not_so(
    govern: Any, records: Records, tmp_path: Path
) -> None:
    govern()
    pay, _balance = teller(Bank(lies=True))
    with pytest.raises(Contradicted):
        pay("X-1", 5)
    holdfast.shutdown()
    (paid,) = outcomes(records, "pay")
    kept = Commitments.open(next(tmp_path.rglob("commitments.key")))
    assert paid["result_commit"] == kept.commit(paid["step"], "result", b'{"id":"X-1","status":"done"}')


def test_a_false_claim_is_contradicted_and_the_run_is_no_success(govern: Any, records: Records) -> None:
    govern()
    pay, _balance = teller(Bank(lies=True))

    @holdfast.agent("clerk")
    def work() -> str:
        try:
            pay("X-1", 5)
        except holdfast.Unsuccessful:
            return "Done! The money is on its way."
        return "done"

    work()
    holdfast.shutdown()
    paid = outcomes(records, "pay")[0]
    assert (paid["status"], paid["error_class"], paid["observed"]) == (
        "failed",
        "Contradicted",
        "contradicted",
    )
    run = outcomes(records, "clerk")[0]
    assert (run["status"], run["error_class"], run["observed"]) == ("failed", "Contradicted", "contradicted")


def test_a_repetition_that_is_confirmed_makes_up_for_it(govern: Any, records: Records) -> None:
    govern()
    bank = Bank(lies=True)
    pay, _balance = teller(bank)

    @holdfast.agent("clerk")
    def work() -> None:
        with pytest.raises(Contradicted, match="shows amount=0, not 5"):
            pay("X-1", 5)
        bank.lies = False
        pay("X-1", 5)

    work()
    holdfast.shutdown()
    assert outcomes(records, "clerk")[0]["status"] == "done"


def test_unknown_is_not_success(govern: Any, records: Records) -> None:
    govern()
    condition = {"tool": "nowhere", "expect": {"amount": 5}}

    @holdfast.tool(effect="spend", labels=(), name="pay", postconditions=[condition])
    def pay(account: str) -> str:
        return "done"

    @holdfast.agent("clerk")
    def work() -> None:
        with pytest.raises(Unconfirmed, match="no function of this process"):
            pay("X-1")

    work()
    holdfast.shutdown()
    assert outcomes(records, "pay")[0]["observed"] == "unknown"
    assert outcomes(records, "clerk")[0]["status"] == "failed"


def test_a_run_answers_for_the_runs_it_began(govern: Any, records: Records) -> None:
    govern()
    pay, _balance = teller(Bank(lies=True))

    @holdfast.agent("helper")
    def help_out() -> None:
        with pytest.raises(Contradicted):
            pay("X-1", 5)

    @holdfast.agent("clerk")
    def work() -> None:
        help_out()

    work()
    holdfast.shutdown()
    assert outcomes(records, "clerk")[0]["error_class"] == "Contradicted"


@pytest.mark.parametrize(
    ("says", "observed"),
    [(True, "confirmed"), (False, "contradicted"), (None, "unknown"), ("yes", "unknown")],
)
def test_a_function_can_be_the_probe(govern: Any, records: Records, says: Any, observed: str) -> None:
    govern()

    def looks(arguments: dict[str, Any], result: Any) -> Any:
        assert (arguments, result) == ({"name": "a"}, "written")
        return says

    @holdfast.tool(effect="write", labels=(), postconditions=[looks])
    def write(name: str) -> str:
        return "written"

    with holdfast.session():
        if says is True:
            write("a")
        else:
            with pytest.raises(Unconfirmed):
                write("a")
    holdfast.shutdown()
    assert outcomes(records, "write")[0]["observed"] == observed


async def test_a_coroutine_is_proved_too(govern: Any) -> None:
    govern()
    there: set[str] = set()

    @holdfast.tool(effect="read", labels=())
    async def find(name: str) -> str:
        if name not in there:
            raise FileNotFoundError(name)
        return name

    gone = {"tool": "find", "arguments": {"name": "$arguments.name"}, "fails_with": ["FileNotFoundError"]}

    @holdfast.tool(effect="write", labels=(), postconditions=[gone])
    async def remove(name: str) -> str:
        return "removed"

    assert await remove("a") == "removed"
    there.add("a")
    with pytest.raises(Contradicted, match="still finds it"):
        await remove("a")


def test_the_world_may_take_its_time(govern: Any) -> None:
    govern()
    looks: list[int] = []

    def probe(arguments: dict[str, Any], result: Any) -> bool:
        looks.append(1)
        return len(looks) == 2

    from holdfast.action import PostCondition

    @holdfast.tool(name="slow", labels=(), effect="write", postconditions=[probe])
    def slow() -> str:
        return "ok"

    with pytest.raises(Contradicted):
        slow()
    patient = PostCondition(tool="later", expect={"n": 3}, within_s=0.02)
    count: list[int] = []

    @holdfast.tool(effect="read", labels=())
    def later() -> dict[str, int]:
        count.append(1)
        return {"n": len(count)}

    @holdfast.tool(name="patient", labels=(), effect="write", postconditions=[patient])
    def act() -> str:
        return "ok"

    assert act() == "ok"


def test_a_result_that_is_not_as_promised_is_a_failure(govern: Any, records: Records) -> None:
    govern()

    @holdfast.tool(
        effect="write", labels=(), output={"type": "object", "properties": {"n": {"type": "integer"}}}
    )
    def count() -> Any:
        return {"n": "three"}

    with pytest.raises(OutputMismatch, match=r"\$\.n"):
        count()
    holdfast.shutdown()
    outcome = outcomes(records, "count")[0]
    assert (outcome["status"], outcome["error_class"], outcome["observed"]) == (
        "failed",
        "OutputMismatch",
        "unknown",
    )
