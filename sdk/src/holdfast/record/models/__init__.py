"""The APIs of models, read and never changed by surprise: by whoever stands between an agent and a model.

`find_endpoint` knows what a path is for; a `Dialect` reads requests, answers and the events of streams. What
must change a stream does so here as well: an `Ending` closes one that is cut, a `Cutter` says when, a
`Rewriter` lets through only what rules about content let pass, and a `Glimpse` says which events are
worth reading whole. No network, no clock.
"""

from holdfast.record.models.anthropic import Messages
from holdfast.record.models.dialect import Answered, Asked, Dialect
from holdfast.record.models.dialects import (
    CHAT,
    DIALECTS,
    HOSTS,
    MESSAGES,
    RESPONSES,
    Endpoint,
    find_dialect,
    find_endpoint,
)
from holdfast.record.models.endings import Ending, Why, ending_of, error_event
from holdfast.record.models.glimpses import Glimpse, glimpse_of
from holdfast.record.models.google import Gemini
from holdfast.record.models.openai import Chat, Completions, Embeddings, Responses

__all__ = [
    "CHAT",
    "DIALECTS",
    "HOSTS",
    "MESSAGES",
    "RESPONSES",
    "Answered",
    "Asked",
    "Chat",
    "Completions",
    "Dialect",
    "Embeddings",
    "Ending",
    "Endpoint",
    "Gemini",
    "Glimpse",
    "Messages",
    "Responses",
    "Why",
    "ending_of",
    "error_event",
    "find_dialect",
    "find_endpoint",
    "glimpse_of",
]
