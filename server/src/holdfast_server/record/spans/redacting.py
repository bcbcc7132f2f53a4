"""Spans of any maker without the secrets in them, before they are stored.

Our own SDK redacts before it sends; what other instrumentations send is whatever they saw. A span is read
once as a whole, because nearly all hold nothing; only one that does is taken apart.
"""

from __future__ import annotations

import msgspec

from holdfast.record import Redactor
from holdfast_server.record.spans.span import Span

BETWEEN = "\n\n"
"""Keeps the values of a span apart while they are read as one text."""


def redacted(span: Span, redactor: Redactor) -> Span:
    """The span without what the redactor takes out; the same one when there is nothing."""
    whole = BETWEEN.join(
        (
            span.input, span.output, span.status_message, span.events, span.name,
            *(f"{name}: {value}" for name, value in span.attributes.items()),
            *(f"{name}: {value}" for name, value in span.resource.items()),
        )
    )  # fmt: skip
    if redactor.passes(whole):
        return span
    return msgspec.structs.replace(
        span,
        name=redactor.text(span.name),
        input=redactor.text(span.input),
        output=redactor.text(span.output),
        status_message=redactor.text(span.status_message),
        events=redactor.text(span.events),
        attributes=redactor.value(span.attributes),
        resource=redactor.value(span.resource),
    )
