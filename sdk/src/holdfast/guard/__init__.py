"""The loop that joins the four rooms: catch, decide, run or refuse or wait, record."""

from holdfast.guard.agents import agent, session
from holdfast.guard.answers import review, review_async
from holdfast.guard.around import Thunk, stream, stream_async
from holdfast.guard.delegation import accept, delegate
from holdfast.guard.disclosing import (
    Disclosure,
    Form,
    differences,
    disclose,
    disclose_async,
    exchange,
)
from holdfast.guard.facts import facts
from holdfast.guard.guard import Guard
from holdfast.guard.here import Here, here, standing
from holdfast.guard.lowering import declassify
from holdfast.guard.process import current, install, installed, uninstall
from holdfast.guard.rules import read_sources
from holdfast.guard.run import Run
from holdfast.guard.sessions import LiveSession
from holdfast.guard.starting import start
from holdfast.guard.step import Model, State, Step
from holdfast.guard.tools import contract_of, declared, refuse_unless_allowed, tool

__all__ = [
    "Disclosure",
    "Form",
    "Guard",
    "Here",
    "LiveSession",
    "Model",
    "Run",
    "State",
    "Step",
    "Thunk",
    "accept",
    "agent",
    "contract_of",
    "current",
    "declared",
    "declassify",
    "delegate",
    "differences",
    "disclose",
    "disclose_async",
    "exchange",
    "facts",
    "here",
    "install",
    "installed",
    "read_sources",
    "refuse_unless_allowed",
    "review",
    "review_async",
    "session",
    "standing",
    "start",
    "stream",
    "stream_async",
    "tool",
    "uninstall",
]
