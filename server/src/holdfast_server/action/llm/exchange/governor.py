"""Who admits requests: knows the key, the API and the model, and makes a call of each."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

import structlog

from holdfast.decision import Controls, compile_bundle
from holdfast.decision.breakers import State
from holdfast.errors import HoldfastError, Invalid
from holdfast.record.tariffs import override
from holdfast_server.action.llm.config import Snapshot
from holdfast_server.action.llm.exchange.admitting import is_killed, may_use
from holdfast_server.action.llm.exchange.apis import Path as ApiPath
from holdfast_server.action.llm.exchange.apis import find_path, speaks
from holdfast_server.action.llm.exchange.asking import Question, read_question
from holdfast_server.action.llm.exchange.call import Call
from holdfast_server.action.llm.exchange.doubting import Doubts
from holdfast_server.action.llm.exchange.errands import Errands
from holdfast_server.action.llm.exchange.house import House, Keeper
from holdfast_server.action.llm.exchange.identity import Caller, Keyring, Said
from holdfast_server.action.llm.exchange.lanes import Lanes
from holdfast_server.action.llm.exchange.listing import list_models
from holdfast_server.action.llm.exchange.outgoing import NO_MODEL
from holdfast_server.action.llm.exchange.recording import Recorder
from holdfast_server.action.llm.exchange.refusing import Refusal, refuse
from holdfast_server.action.llm.exchange.scanning import Scanner
from holdfast_server.action.llm.exchange.sending import Outlet
from holdfast_server.action.llm.exchange.spending import Spending
from holdfast_server.action.llm.exchange.step import Step
from holdfast_server.action.llm.messages import CacheUse, Health, Shed, Start
from holdfast_server.action.llm.seam import Reply, Request

log = structlog.get_logger(__name__)
NO_KEY: Final = "No key, or one that is not known here."
OVER: Final = "This key has expired."
OWN_FAILURE: Final = "This could not be checked, so it was not sent."
HEALTH: Final[dict[State, Literal["closed", "open", "half-open"]]] = {
    State.CLOSED: "closed",
    State.OPEN: "open",
    State.HALF_OPEN: "half-open",
}
MANY: Final = 32
"""Calls to be written down that should not wait for more."""
ENDED_MAX: Final = 200
"""Calls that ended and are remembered until somebody looks."""
NOWHERE: Final = "{} is not served here."
NO_FILES: Final = "No provider here speaks `files`."
NO_COUNT: Final = (
    "The model {} is asked in {} here, and only a model asked in {} counts tokens for this client."
)
OTHER_API: Final = "The model {} is asked in {} here, and nothing is translated into that from {}."


class Gateway:
    """The governor of one worker."""

    def __init__(self, start: Start, keeper: Keeper) -> None:
        """Begin with nothing in force: every key is wrong until `configure`."""
        folder = Path(start.folder)
        recorder = Recorder(folder, Path(start.ledger_keys), journal_bytes=Snapshot(0).limits.journal_bytes)
        spending = Spending(keeper, process=f"gateway/{start.name}/{recorder.log}", log=recorder.log)
        self._house = House(keeper, recorder, spending, compile_bundle(()))
        self._errands = Errands(self._house)
        self._house.poster = self._errands.post_as
        self._sources: tuple[Any, ...] = ()
        self.calls: set[Call] = set()
        self.ended: list[Step] = []
        """The latest that ended, for people to look at; bounded by whoever shows them."""
        self.used: set[str] = set()
        """Ids of the keys that were used since somebody last looked."""
        self.requests = 0

    # What is in force

    def configure(self, snapshot: Snapshot) -> None:
        """Go by this from now on; what cannot be used leaves everything as it was.

        Raises:
            PolicySyntaxError: the policies do not compile.
        """
        house = self._house
        sources = (snapshot.sources, snapshot.contracts)
        if sources != self._sources:
            house.bundle = compile_bundle(snapshot.sources, contracts=snapshot.contracts)
            house.scanner = Scanner(house.bundle.content)
            self._sources = sources
        override(snapshot.prices, source="own")
        house.prices.forget()
        house.keyring = Keyring(snapshot.keys)
        house.outlets = {one.name: Outlet(one) for one in snapshot.providers}
        house.lanes = Lanes(house.outlets, house.recorder.log)
        house.router.adopt(snapshot.routes, snapshot.providers, cost=house.prices.typical)
        house.caches.adopt(snapshot.routes)
        house.doubts = Doubts(snapshot.routes)
        house.spending.adopt(house.bundle, snapshot.budgets)
        house.behaviour = snapshot.behaviour
        house.recorder.journal_bytes = snapshot.limits.journal_bytes
        self.controlled(snapshot.kills, heard=True)

    def controlled(self, kills: frozenset[tuple[str, str]], *, heard: bool) -> None:
        """Go by these kills."""
        house = self._house
        house.controls = Controls(kills, heard, house.behaviour.unattended)

    def covered(self, kills: frozenset[tuple[str, str]]) -> list[Call]:
        """The live calls that these kills cover, for the wire to stop."""
        return [call for call in self.calls if is_killed(call.step, kills)] if kills else []

    @property
    def folder(self) -> Path:
        """Where this start's ledger is."""
        return self._house.recorder.folder

    # Requests

    def admit(self, request: Request) -> Call | Reply:
        """Make a call of a request, or say at once why there is none."""
        self.requests += 1
        try:
            return self._admit(request)
        except Refusal as no:
            return self.refuse(request.target, no.status, no.code, no.message)
        except Invalid as error:
            return self.refuse(request.target, 400, "invalid_request", error.message)
        except Exception:
            # Fail closed, in words that the client understands.
            log.exception("gateway.admit.failed")
            return self.refuse(request.target, 500, "holdfast_error", OWN_FAILURE)

    def refuse(self, target: bytes, status: int, code: str, message: str) -> Reply:
        """What becomes no call, in the words of the path's API."""
        self._house.turned_away[code] += 1
        return refuse(speaks(target), status, code, message)

    def _admit(self, request: Request) -> Call | Reply:
        path = find_path(request.method, request.target)
        said, caller = self._identify(request)
        if path is None:
            shown = request.target.partition(b"?")[0][:200].decode("utf-8", "replace")
            raise Refusal(404, "unsupported_endpoint", NOWHERE.format(shown))
        if path.work == "models":
            return list_models(self._house, caller, path)
        return self._call(request, path, said, caller)

    def _identify(self, request: Request) -> tuple[Said, Caller]:
        said, caller = self._house.keyring.hear(request.headers, request.target)
        if caller is None:
            raise Refusal(401, "invalid_api_key", NO_KEY)
        if caller.key.is_over(time.time_ns()):
            raise Refusal(401, "expired_api_key", OVER)
        self.used.add(caller.key.id)
        return said, caller

    def _call(self, request: Request, path: ApiPath, said: Said, caller: Caller) -> Call:
        house = self._house
        question = read_question(path, request.body)
        now_ns = time.time_ns()
        plan = house.router.targets(
            question.model, question.api, exactly=question.free, session=said.session, now_ns=now_ns,
            confidence=lambda route: house.doubts.confidence(route, request.body),
        )  # fmt: skip
        if plan is None:
            raise self._unreachable(question, caller)
        lasts = question.may_call or plan.route.hedge_ms > 0
        place = house.sessions.place(caller, said, lasts=lasts, labels=house.scanner.active)
        return Call(
            house, request, question,
            caller=caller, said=said, place=place, plan=plan, begun=self.calls.add, ended=self._ended,
        )  # fmt: skip

    def _unreachable(self, question: Question, caller: Caller) -> Refusal:
        """Why there is no way from this API to that model."""
        asked, name = question.model, question.model[:200]
        if question.api == "files":
            return Refusal(404, "unsupported_endpoint", NO_FILES)
        router, free = self._house.router, question.free
        apis = router.apis_of(asked, exactly=free) if may_use(caller.key, asked) else ()
        if not apis:
            return Refusal(404, "model_not_found", NO_MODEL.format(name))
        words = NO_COUNT if free else OTHER_API
        told = words.format(name, " or ".join(apis), question.api)
        return Refusal(400, "holdfast_untranslatable", told)

    def _ended(self, call: Call, step: Step | None) -> None:
        self.calls.discard(call)
        if step is not None and len(self.ended) < ENDED_MAX:
            self.ended.append(step)

    # How it does

    @property
    def turned_away(self) -> Mapping[str, int]:
        """Requests that became no call, by the code of their error."""
        return self._house.turned_away

    @property
    def shed(self) -> Shed:
        """What was left out of the records for want of room."""
        return self._house.recorder.shed

    def cache_use(self) -> CacheUse:
        """What the caches did so far."""
        return self._house.caches.use()

    def health(self) -> tuple[Health, ...]:
        """How each upstream does that was asked."""
        return tuple(
            Health(
                f"{one.place.provider}/{one.place.model}",
                HEALTH[one.breaker.state],
                one.errors,
                one.calls,
                one.total.p50_ms,
                one.ttft.p50_ms,
                one.back_ns,
            )
            for one in self._house.router.upstreams()
        )

    def rest(self, until_ns: Mapping[str, int]) -> None:
        """Leave upstreams alone that another worker found resting."""
        for name, ns in until_ns.items():
            self._house.router.rest(name, ns)

    # Around them

    @property
    def is_busy(self) -> bool:
        """Whether more happened than should wait to be written down."""
        return self._house.recorder.waiting >= MANY

    def note(self) -> None:
        """Write down what happened; call it many times a second."""
        self._house.prices.renew()
        self._house.recorder.flush()

    @property
    def is_due(self) -> bool:
        """Whether leases are to be renewed, or run out."""
        return self._house.spending.is_due

    async def work(self) -> None:
        """Write down what happened and renew what is due."""
        self.note()
        await self._house.spending.work()

    async def close(self) -> None:
        """Report everything, give back what is left, sign the end of the ledger."""
        await self._errands.close()
        try:
            await self._house.spending.close()
        except (HoldfastError, OSError) as error:
            log.warning("gateway.leases.not_returned", error=str(error))
        self._house.recorder.close()
