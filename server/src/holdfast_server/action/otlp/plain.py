"""Spans as plain values, as our own processes send them: OTLP spends longer on a span than reading it does.

```text
msgpack of [resource, scope, [[trace, span, parent, start, end, name, failed, attributes], …]]
```

Everything else is as with OTLP: the same journal, reading of attributes, redaction and bill.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Final, Self

import msgspec

from holdfast.record import redact_text
from holdfast.record.otlp import plain_attributes
from holdfast.record.span import Span as Made

MEDIA: Final = "application/msgpack"
SPANS_MAX: Final = 5_000
"""Of one request."""
NAME_MAX: Final = 1_024
ATTRIBUTES_MAX: Final = 1_024
"""Of one span, however it is sent."""
TIME_MAX: Final = 2**63 - 1

Name = Annotated[str, msgspec.Meta(max_length=NAME_MAX)]
Said = str | int | float | bool | Annotated[list[Name], msgspec.Meta(max_length=ATTRIBUTES_MAX)]
"""What an attribute says."""


class PlainSpan(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """One span."""

    trace_id: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]
    span_id: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{16}$")]
    parent_id: Annotated[str, msgspec.Meta(pattern="^([0-9a-f]{16})?$")]
    start_ns: Annotated[int, msgspec.Meta(gt=0, le=TIME_MAX)]
    end_ns: Annotated[int, msgspec.Meta(gt=0, le=TIME_MAX)]
    name: Name
    failed: bool
    attributes: Annotated[dict[Name, Said], msgspec.Meta(max_length=ATTRIBUTES_MAX)]

    @classmethod
    def of(cls, span: Made, redact: Callable[[str], str] = redact_text) -> Self:
        """A span that we made."""
        place = span.scope.trace, span.id, span.parent, span.start_ns, span.end_ns
        return cls(*place, span.name, bool(span.error), plain_attributes(span, redact))


class PlainSpans(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """The spans of one process, and what it says of itself."""

    resource: Annotated[dict[Name, Name], msgspec.Meta(max_length=ATTRIBUTES_MAX)]
    scope: Name
    spans: Annotated[Sequence[PlainSpan], msgspec.Meta(max_length=SPANS_MAX)]


encode_plain = msgspec.msgpack.Encoder().encode
read_plain = msgspec.msgpack.Decoder(PlainSpans).decode
