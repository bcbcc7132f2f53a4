"""Which upstream a model call goes to, and which one is next when that fails.

Pure: times come in as nanoseconds since the epoch, chance comes in as a function, and nothing here waits,
reads or sends. Whoever makes the calls asks a `Plan` what to do next and tells the `Router` what came of it.
"""

from holdfast_server.action.llm.routing.outcomes import Kind, kind_of, read_retry_after
from holdfast_server.action.llm.routing.plan import Chosen, Plan, Wait
from holdfast_server.action.llm.routing.resolving import Candidate
from holdfast_server.action.llm.routing.router import Router

__all__ = ["Candidate", "Chosen", "Kind", "Plan", "Router", "Wait", "kind_of", "read_retry_after"]
