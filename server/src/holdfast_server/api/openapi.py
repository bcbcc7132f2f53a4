"""`python -m holdfast_server.api.openapi` prints the schema; `make gen` keeps schemas/openapi.json fresh."""

from __future__ import annotations

import json
import sys
from typing import Any

from holdfast_server.api.routes import build_api


def build_schema() -> dict[str, Any]:
    """The whole OpenAPI document."""
    return build_api().openapi()


if __name__ == "__main__":
    sys.stdout.write(json.dumps(build_schema(), indent=2, sort_keys=True) + "\n")
