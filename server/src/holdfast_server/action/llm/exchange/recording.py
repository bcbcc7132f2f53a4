"""Writing down each call: two records in the ledger while it happens, one frame in the journal soon after.

The ledger is mapped memory: a killed worker loses neither verdict nor money. The journal takes what people
look at; when it is not shipped fast enough, bodies are left out first and then spans, never the records.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Final

import msgspec

from holdfast.record import Commitments, DecisionWriter, OutcomeRecord, ShippedRecord, encode_leaf
from holdfast.record.decisions import Leased
from holdfast.record.ledger import Ledger
from holdfast.record.ledger.note import SigningKey
from holdfast_server.action.llm.exchange.step import Step
from holdfast_server.action.llm.exchange.telling import frame_of
from holdfast_server.action.llm.messages import Shed
from holdfast_server.errors import Unavailable
from holdfast_server.record.spans.journal import Journal

LONG_NS: Final = 100_000_000
"""A call that takes longer is told of before it ends."""
RESULT_MAX: Final = 64 * 1024
"""Of an answer, what is committed to."""
PAYLOADS_UNTIL: Final = 0.5
SPANS_UNTIL: Final = 0.75
"""How full the journal may be so that bodies, and then spans, still go into it."""
LOOK_S: Final = 0.25
"""Between two looks at what was shipped of the journal."""
RECORD: Final = b"R"
"""A frame that is one record, as it is shipped."""
WAITING_MAX: Final = 32 * 1024 * 1024
"""Bytes of bodies that wait for the journal; more are left out."""

_encode = msgspec.json.Encoder().encode


class Recorder:
    """The ledger and the journal of one worker."""

    def __init__(self, folder: Path, ledger_key: Path, *, journal_bytes: int) -> None:
        """Begin a log of its own; one for each start, so that no two ever write the same."""
        self.log: Final = os.urandom(8).hex()
        self.folder: Final = folder / "ledger" / self.log
        self._ledger = Ledger.open(
            self.folder, origin=f"holdfast/{self.log}", signer=SigningKey.open(ledger_key)
        )
        self._commitments = Commitments.open(ledger_key.with_name("commitments.key"))
        self._journal = Journal(folder / "journal")
        self._decisions = DecisionWriter()
        self._open: dict[str, Step] = {}
        self._frames: list[bytes] = []
        self._bytes = 0
        self.journal_bytes = journal_bytes
        self._first, self._look_at = 0, 0.0
        self._full = self._fill()
        self._payloads = self._spans = 0

    @property
    def shed(self) -> Shed:
        """What was left out for want of room."""
        return Shed(self._payloads, self._spans)

    @property
    def waiting(self) -> int:
        """Frames that are not in the journal yet."""
        return len(self._frames)

    def decided(self, step: Step, leases: Leased) -> None:
        """Write the decision; when this returns, a killed worker cannot lose it.

        Raises:
            Unavailable: nothing was written; the call must not be made.
        """
        action = step.action
        if self._open.pop(action.id, None) is not None:
            # Judged once more, now that people answered: both decisions stand.
            self._frames.append(self._record(step.decided_at, step.decided_leaf))
        step.told = False
        step.decided_leaf = self._decisions.leaf(
            action,
            step.decision,
            at_ns=step.started_ns,
            log=self.log,
            contract=step.fingerprint,
            args_commit=self._commitments.commit(action.id, "arguments", action.canonical),
            leases=leases,
        )
        step.decided_at = self._ledger.append(step.decided_leaf).index
        self._open[action.id] = step

    def ended(self, step: Step) -> None:
        """Write what came of it.

        Raises:
            Unavailable: the ledger cannot be written.
        """
        action, usage = step.action, step.usage
        step.ended_ns = time.time_ns()
        step.ended_leaf = encode_leaf(
            OutcomeRecord(
                step.ended_ns,
                self.log,
                action.id,
                action.run,
                action.session,
                step.status,
                self._commitments.commit(action.id, "result", step.answer[:RESULT_MAX]),
                step.cost_micro_usd,
                usage.input_tokens,
                usage.output_tokens,
                step.answer_model or step.model,
                step.session.label_names[:64],
                step.error,
            )
        )
        step.ended_at = self._ledger.append(step.ended_leaf).index
        self._open.pop(action.id, None)
        # Encoded now, while all of it is at hand; what waits for the journal is bytes.
        self._tell(step)

    def flush(self) -> None:
        """Write down in the journal what happened since the last time."""
        late = time.time_ns() - LONG_NS
        for step in [one for one in self._open.values() if one.started_ns < late]:
            del self._open[step.id]
            self._frames.append(frame_of(step, self.log, payload=self._has_room(step)))
            step.told = True
        frames, self._frames, self._bytes = self._frames, [], 0
        if not frames:
            return
        self._full = self._fill()
        try:
            self._journal.note_all(frames)
        except Unavailable:
            # The ledger has the records; what people look at is lost, and counted.
            self._spans += len(frames)

    def _fill(self) -> float:
        """How full the journal is; what was shipped meanwhile is looked up now and then, in its folder."""
        now = time.monotonic()
        if now >= self._look_at:
            self._first, self._look_at = self._journal.first, now + LOOK_S
        return (self._journal.end - self._first) / max(1, self.journal_bytes)

    def _tell(self, step: Step) -> None:
        """One frame, or only the records when the journal is nearly full."""
        payload = self._has_room(step)
        if not payload:
            self._payloads += bool(step.question or step.answer)
        if self._full < SPANS_UNTIL:
            self._frames.append(frame_of(step, self.log, payload=payload))
            return
        self._spans += 1
        if not step.told:
            self._frames.append(self._record(step.decided_at, step.decided_leaf))
        self._frames.append(self._record(step.ended_at, step.ended_leaf))

    def _has_room(self, step: Step) -> bool:
        """Whether its bodies may wait for the journal too; they then do."""
        bodies = len(step.question) + len(step.answer)
        room = self._full < PAYLOADS_UNTIL and self._bytes + bodies <= WAITING_MAX
        self._bytes += bodies if room else 0
        return room

    def _record(self, index: int, leaf: bytes) -> bytes:
        return RECORD + _encode(ShippedRecord.of(self.log, index, leaf))

    def close(self) -> None:
        """Write what waits, sign the end of the log and let both go."""
        self.flush()
        self._journal.close()
        self._ledger.close()
