"""Holdfast's own attributes, believed before all others."""

from __future__ import annotations

from typing import Final

from holdfast.record import attributes as a
from holdfast_server.action.otlp.dialects.dialect import Dialect

OWN: Final = Dialect(
    name="holdfast",
    title="Holdfast",
    about="What Holdfast's own SDK writes beside the GenAI conventions, for what they have no name for.",
    fields={
        "run": (a.RUN,),
        "session": (a.SESSION,),
        "person": (a.PERSON,),
        "kind": (a.KIND,),
        "cost_usd": (a.COST_USD,),
        "team": ("holdfast.team",),
        "workflow": ("holdfast.workflow",),
        "customer": ("holdfast.customer",),
        "release": ("holdfast.release",),
        "environment": ("holdfast.environment",),
        "tags": ("holdfast.tags",),
    },
    kept=("holdfast.*",),
)
