"""What FastAPI cannot say by itself: bodies that are read by hand, and that every error is a problem."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from holdfast.record import Envelope
from holdfast.record.bundles import KeptBundle


def complete_schema(app: FastAPI) -> dict[str, Any]:
    """The whole OpenAPI document, made once."""
    if app.openapi_schema is None:
        schema = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
        components = schema["components"]["schemas"]
        _, shipped = msgspec.json.schema_components(
            [Envelope, KeptBundle], ref_template="#/components/schemas/{name}"
        )
        components |= shipped
        for unused in ("HTTPValidationError", "ValidationError"):
            components.pop(unused, None)
        for path in schema["paths"].values():
            for operation in path.values():
                operation["responses"].pop("422", None)
        app.openapi_schema = schema
    return app.openapi_schema
