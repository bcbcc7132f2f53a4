"""`python -m holdfast_server.api.openapi` prints the API's schema; `make gen` keeps schemas/openapi.json fresh."""

from __future__ import annotations

import json
import sys
from typing import Any

from holdfast_server.api.routes import build_api
from holdfast_server.record.envelope import Envelope


def build_schema() -> dict[str, Any]:
    """The whole OpenAPI document."""
    schema = build_api().openapi()
    whole = Envelope.model_json_schema(ref_template="#/components/schemas/{model}")
    components = schema["components"]["schemas"]
    components |= whole.pop("$defs", {})
    components["Envelope"] = whole
    for removed in ("HTTPValidationError", "ValidationError"):
        components.pop(removed, None)
    for path in schema["paths"].values():
        for operation in path.values():
            operation["responses"].pop("422", None)
    return schema


if __name__ == "__main__":
    sys.stdout.write(json.dumps(build_schema(), indent=2, sort_keys=True) + "\n")
