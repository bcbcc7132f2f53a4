"""From settings to a guard that works: keys, ledger, rules, the line to the server."""

from __future__ import annotations

import os

from holdfast.client import Books, Endpoint, Leases, Link, Recorder, Served, Shipper, identify
from holdfast.decision.budgets.exchange import Borrower
from holdfast.guard.guard import Guard
from holdfast.guard.journal import Journal
from holdfast.guard.rules import Rules, local_sources
from holdfast.guard.spending import Spending, shared_terms
from holdfast.record import SECRETS_ONLY, Commitments, Process, Redactor
from holdfast.record.ledger import LocalLedger
from holdfast.record.own_prices import use_prices
from holdfast.settings import Settings


def start(settings: Settings) -> Guard:
    """Build the guard of this process.

    Raises:
        Misconfigured: a policy, a price, a key or an address cannot be used; nothing is governed then.
    """
    use_prices(settings.prices)
    me = _Myself()
    endpoint = Endpoint(settings.server.rstrip("/"), settings.access.key) if settings.server else None
    guard: Guard | None = None
    leases: Leases | None = None

    def replace_rules(served: Served) -> None:
        if guard is not None:
            guard.rules.replace(served.sources, origin=settings.server)

    def refresh_leases() -> None:
        if leases is not None:
            leases.refresh()

    link = Link(
        endpoint,
        me,
        cache=settings.data / "cache",
        lease_s=settings.guard.lease_s,
        unattended=settings.guard.unattended,
        on_bundle=replace_rules,
        on_budgets=refresh_leases,
    )
    rules = _rules(settings, link)
    link.fetch_budgets()
    journal = _journal(settings, endpoint, me, link)
    lender = link if endpoint else Books(settings.data, lambda: shared_terms(rules.bundle.budgets))
    leases = Leases(lender, lambda: Borrower(me().id, journal.ledger.log))
    guard = Guard(settings, rules, journal, link, Spending(leases, rules, link))
    link.start()
    return guard


def _rules(settings: Settings, link: Link) -> Rules:
    served = link.bundle()
    if served is not None and served.sources:
        kept = "" if served.fresh else " (as it was last reached)"
        return Rules(served.sources, origin=settings.server + kept)
    sources, origin = local_sources(settings.policies)
    return Rules(sources, origin=origin)


def _journal(settings: Settings, endpoint: Endpoint | None, me: _Myself, link: Link) -> Journal:
    data = settings.data
    ledger = LocalLedger(data)
    commitments = Commitments.open(data / "keys" / "commitments.key")
    if endpoint is None:
        return Journal(ledger, commitments)
    redactor = Redactor(("secret", "pii")) if settings.redaction.pii else SECRETS_ONLY
    recorder = Recorder(endpoint, me, data=data, service=settings.project, redactor=redactor)
    shipper = Shipper(
        endpoint,
        me,
        data=data,
        dropped_spans=lambda: recorder.dropped,
        # What a process held that died is settled by its ledger, once the server has all of it.
        on_whole=link.settle_leases,
        redactor=redactor,
    )
    shipper.start()
    return Journal(ledger, commitments, shipper=shipper, recorder=recorder)


class _Myself:
    """This process under one id for all who ask; a forked child is somebody else."""

    def __init__(self) -> None:
        self._process = identify()

    def __call__(self) -> Process:
        if self._process.pid != os.getpid():
            self._process = identify()
        return self._process
