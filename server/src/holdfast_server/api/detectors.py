"""`/v1/detectors/report`: how often the content detectors are right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter

from holdfast_server.api.door import Wired
from holdfast_server.insight.content.report import measured
from holdfast_server.kit.wire import Wire

if TYPE_CHECKING:
    from holdfast.decision.content.measuring import Peer, Score

router = APIRouter(tags=["detectors"])


class PeerFigures(Wire):
    """What somebody else published about theirs."""

    name: str
    recall: float
    false_alarm: float
    source: str


class DetectorScore(Wire):
    """How a detector did on one part of a corpus, with 95 % intervals by Wilson."""

    detector: str
    corpus: str
    part: str
    """`held-out`: nobody looked at it while writing rules; `development`: somebody did; `whole`: both."""
    n: int
    """How many there were to find."""
    recall: float | None
    recall_low: float | None
    recall_high: float | None
    negatives: int
    """Texts that hold nothing."""
    false_alarm: float | None
    false_alarm_low: float | None
    false_alarm_high: float | None
    peer: PeerFigures | None
    groups: list[DetectorScore]
    """The same by kind or source."""


class DetectorReport(Wire):
    """The shipped corpora, and those of the setting `content.corpora`."""

    items: list[DetectorScore]


@router.get("/v1/detectors/report")
async def detectors_report(services: Wired) -> DetectorReport:
    """Recall and false alarms of every detector on every corpus."""
    return DetectorReport(
        items=[_shown(score) for score in await measured(services.settings.content.corpora)]
    )


def _shown(score: Score) -> DetectorScore:
    return DetectorScore(
        detector=score.detector,
        corpus=score.corpus,
        part=score.part,
        n=score.n,
        recall=score.recall,
        recall_low=score.recall_low,
        recall_high=score.recall_high,
        negatives=score.negatives,
        false_alarm=score.false_alarm,
        false_alarm_low=score.false_alarm_low,
        false_alarm_high=score.false_alarm_high,
        peer=_peer(score.peer),
        groups=[_shown(group) for group in score.groups],
    )


def _peer(peer: Peer | None) -> PeerFigures | None:
    if peer is None:
        return None
    return PeerFigures(name=peer.name, recall=peer.recall, false_alarm=peer.false_alarm, source=peer.source)
