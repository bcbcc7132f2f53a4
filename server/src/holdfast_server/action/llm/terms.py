"""What the settings say of how workers behave."""

from __future__ import annotations

from holdfast_server.action.llm.config import Behaviour, Limits
from holdfast_server.settings import Settings


def limits_of(settings: Settings) -> Limits:
    """How much they take at once."""
    said = settings.gateway
    return Limits(
        connections=said.connections,
        body_bytes=said.body_bytes,
        calls=said.calls,
        journal_bytes=said.journal_bytes,
        busy_poll_us=said.busy_poll_us,
    )


def behaviour_of(settings: Settings) -> Behaviour:
    """What holds where no policy says more."""
    said = settings.gateway
    return Behaviour(
        project=settings.project,
        mode=said.mode,
        output_tokens=said.output_tokens,
        unknown_tools=said.unknown_tools,
        ask_s=said.ask_s,
        lease_s=said.lease_s,
        unattended=said.unattended,
        contents=said.contents,
        pii=settings.redaction.pii,
        drain_s=said.drain_s,
    )
