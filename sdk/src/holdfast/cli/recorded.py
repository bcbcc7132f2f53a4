"""A recorded step as the ledgers of one data folder know it: no server, no payloads, but provable."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from holdfast.action import Action, Actor, Effect, Kind, canonicalise, digest, parse_arguments
from holdfast.decision import STARTER, Decision, LabelNote, Session, Situation, Verdict, compile_bundle
from holdfast.decision.endorsement import leaves
from holdfast.decision.retelling import Retold, reason_of, retell
from holdfast.errors import HoldfastError, Invalid, NotFound
from holdfast.record import Commitments, DecisionRecord, Leaf, OutcomeRecord, decode_leaf
from holdfast.record.bundles import BundleFolder
from holdfast.record.ledger.local import LEDGERS
from holdfast.record.ledger.reader import PAGE_MAX, Reader

RECORDS_MAX: Final = 2_000_000
"""Records looked through for one step, newest log first; a server finds it at once."""
COMMITMENTS: Final = Path("keys") / "commitments.key"
NO_ARGUMENTS: Final = (
    "The ledger holds a commitment to the arguments, not the arguments. Give them with --arguments FILE: "
    "they are checked against it, and then what would have passed is worked out."
)
NO_BUNDLE: Final = "The policies that judged then are not kept in this data folder."
_step = re.compile(r"[0-9a-f]{16}").fullmatch


def retell_local(data: Path, step: str, *, arguments: bytes | None) -> Retold:
    """Explain a step from the ledgers of a data folder.

    Raises:
        NotFound: no ledger here holds a decision about it.
        Invalid: the id is none, or the arguments are not those that were judged.
    """
    if not _step(step):
        raise Invalid(f"{step!r} is no step", hint="A step is 16 hex digits, as `holdfast runs show` prints.")
    log, leaf = _find(data, step)
    notes: list[str] = []
    bundle = BundleFolder(data).find(leaf.bundle)
    if bundle is None:
        bundle = compile_bundle((STARTER,))
        notes.append(NO_BUNDLE)
    plain, canonical = _arguments(data, leaf, arguments) if arguments else ({}, b"{}")
    if not arguments:
        notes.append(NO_ARGUMENTS)
    kind = Kind(leaf.kind)
    action = Action(
        id=leaf.step, kind=kind, actor=Actor(leaf.agent, leaf.version, leaf.owner), target=leaf.target,
        arguments=plain, canonical=canonical, digest=digest(kind, leaf.target, canonical),
        effect=Effect(leaf.effect), run=leaf.run, session=leaf.session, trace=leaf.trace, parent=leaf.parent,
        chain=tuple(map(Actor, leaf.chain)), person=leaf.person,
    )  # fmt: skip
    session = Session(leaf.session, person=leaf.person)
    session.label(*leaf.labels)
    for name in plain.keys() - set(leaf.unendorsed):
        for value in leaves(plain[name]):
            session.endorse(str(value))
    here = Situation(action, session, bundle, now_ns=leaf.at_ns)
    decision = Decision(
        leaf.step, Verdict(leaf.verdict), leaf.stage, tuple(reason_of(rule, here) for rule in leaf.rules),
        plain, action.digest, leaf.bundle, labels=leaf.labels, unendorsed=leaf.unendorsed,
        errors=leaf.errors, enforced=leaf.enforced,
    )  # fmt: skip
    return retell(decision, here, origins=_origins(log, leaf), notes=notes)


def decisions_in(data: Path, *, most: int) -> Iterator[DecisionRecord]:
    """Every decision in the ledgers of a data folder, newest log first, of as many records as that."""
    looked = 0
    for log in _logs(data):
        for leaf in _leaves(log):
            looked += 1
            if isinstance(leaf, DecisionRecord):
                yield leaf
            if looked >= most:
                return


def _logs(data: Path) -> list[Path]:
    below = data / LEDGERS
    if not below.is_dir():
        return []
    return sorted(below.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)


def _arguments(data: Path, leaf: DecisionRecord, text: bytes) -> tuple[dict[str, object], bytes]:
    plain, canonical = canonicalise(parse_arguments(text))
    key = data / COMMITMENTS
    if not key.is_file():
        raise Invalid(f"{key} is missing, so the arguments cannot be checked")
    if Commitments.open(key).commit(leaf.step, "arguments", canonical) != leaf.args_commit:
        raise Invalid(f"these are not the arguments of step {leaf.step}: the ledger commits to others")
    return plain, canonical


def _find(data: Path, step: str) -> tuple[Path, DecisionRecord]:
    """The step's last decision: a held step is decided again when people have answered."""
    looked = 0
    for log in _logs(data):
        found: DecisionRecord | None = None
        for leaf in _leaves(log):
            looked += 1
            if isinstance(leaf, DecisionRecord) and leaf.step == step:
                found = leaf
            if looked >= RECORDS_MAX:
                break
        if found is not None:
            return log, found
    raise NotFound(
        f"no ledger in {data} holds a decision about step {step}", hint="Name another folder with --data."
    )


def _origins(log: Path, decision: DecisionRecord) -> Iterator[LabelNote]:
    """The first outcome after which each label was there, and the tool it was of."""
    wanted = set(decision.labels)
    targets: dict[str, str] = {}
    for leaf in _leaves(log):
        if not wanted or leaf.at_ns > decision.at_ns:
            return
        if isinstance(leaf, DecisionRecord) and leaf.session == decision.session:
            targets[leaf.step] = leaf.target
        elif isinstance(leaf, OutcomeRecord) and leaf.session == decision.session:
            for label in sorted(wanted & set(leaf.labels)):
                wanted.discard(label)
                yield LabelNote(label, leaf.step, targets.get(leaf.step, ""))


def _leaves(log: Path) -> Iterator[Leaf]:
    reader, start = Reader(log), 0
    while page := reader.records(start, PAGE_MAX):
        for _, raw in page:
            try:
                yield decode_leaf(raw)
            except (ValueError, HoldfastError):
                continue
        start += len(page)
