"""Routes that agents wait for: their handlers read the request and write the answer themselves.

What FastAPI would do for each request — dependencies, models, checking its own answer — is left out; what it
says of the route in the schema stays.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import msgspec
from fastapi import Request, Response
from fastapi.routing import APIRoute

from holdfast_server.errors import Invalid, Unprocessable
from holdfast_server.services import Services

T = TypeVar("T")

_encode = msgspec.json.Encoder().encode


class Lean(APIRoute):
    """A route whose handler takes the request and gives the response."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler itself."""
        return self.endpoint


def documented(body: str, result: str = "", *parameters: dict[str, Any]) -> dict[str, Any]:
    """What the schema says of a lean route.

    Args:
        body: the name of the struct that is read.
        result: the name of the struct that is answered; empty for no content.
        parameters: what is read beside the body.
    """
    said: dict[str, Any] = {
        "response_model": None,
        "openapi_extra": {"requestBody": {"required": True, "content": _content(body)}},
    }
    if parameters:
        said["openapi_extra"]["parameters"] = list(parameters)
    if result:
        said["responses"] = {200: {"description": "Successful Response", "content": _content(result)}}
    return said


def services_of(request: Request) -> Services:
    """Everything the server can do, as it is now: tables may be a moment behind what was decided."""
    services: Services = request.app.state.services
    return services


async def read(request: Request, decode: Callable[[bytes], T]) -> T:
    """The body as a struct; the gate has seen to its size.

    Raises:
        Invalid: it is not JSON, or nested too deeply to be read.
        Unprocessable: it is not of the struct's shape.
    """
    body = await request.body()
    try:
        return decode(body)
    except msgspec.ValidationError as error:
        raise Unprocessable(f"body: {error}", hint="See /openapi.json for the shape.") from error
    except RecursionError as error:
        raise Invalid("the body is nested too deeply", hint="See /openapi.json for the shape.") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Invalid(f"the body is not JSON: {error}", hint="See /openapi.json for the shape.") from error


def answer(made: msgspec.Struct) -> Response:
    """A struct as a response."""
    return Response(_encode(made), media_type="application/json")


def _content(name: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}
