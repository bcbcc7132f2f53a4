"""The APIs of models, read and never changed by surprise: by whoever stands between an agent and a model.

`find_dialect` knows an API by its path; a `Dialect` reads requests, answers and the events of streams. What
must change a stream does so here as well: an `Ending` closes one that is cut, a `Cutter` says when, a
`Rewriter` lets through only what rules about content let pass. No network, no clock.
"""

from holdfast.record.models.anthropic import Messages
from holdfast.record.models.dialect import Answered, Asked, Dialect
from holdfast.record.models.dialects import DIALECTS, HOSTS, find_dialect
from holdfast.record.models.openai import Chat, Responses

__all__ = [
    "DIALECTS",
    "HOSTS",
    "Answered",
    "Asked",
    "Chat",
    "Dialect",
    "Messages",
    "Responses",
    "find_dialect",
]
