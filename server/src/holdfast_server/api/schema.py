"""What FastAPI cannot say by itself: bodies that are read by hand, and that every error is a problem."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from holdfast.decision.permits import PermitAsks, Permitted
from holdfast.record import Envelope
from holdfast.record.bundles import KeptBundle
from holdfast.record.recording import Recording
from holdfast_server.api.describing import describe
from holdfast_server.decision.decisions.question import (
    JudgedAll,
    OutcomeNote,
    Outcomes,
    Question,
    Questions,
    ToldAll,
)
from holdfast_server.decision.delegations.delegations import AcceptAsk

STRUCTS: Final = (
    *(Envelope, KeptBundle, Recording, PermitAsks, Permitted, AcceptAsk),
    *(Question, Questions, JudgedAll, OutcomeNote, Outcomes, ToldAll),
)
"""What is read and written without a model."""


def complete_schema(app: FastAPI) -> dict[str, Any]:
    """The whole OpenAPI document, made once."""
    if app.openapi_schema is None:
        schema = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
        components = schema["components"]["schemas"]
        _, shipped = msgspec.json.schema_components(STRUCTS, ref_template="#/components/schemas/{name}")
        components |= shipped
        describe(components)
        for unused in ("HTTPValidationError", "ValidationError"):
            components.pop(unused, None)
        for path in schema["paths"].values():
            for operation in path.values():
                operation["responses"].pop("422", None)
        app.openapi_schema = schema
    return app.openapi_schema
