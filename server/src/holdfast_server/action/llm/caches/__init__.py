"""Answers that are given again: to the very same request, or to one that means the same.

What was not asked of a provider costs nothing; it is counted as avoided, never as spent. All of it is
memory of one worker, bounded, and nothing is written down.
"""

from holdfast_server.action.llm.caches.asking import Lookup, Scope, read_lookup
from holdfast_server.action.llm.caches.caches import Caches, Hit
from holdfast_server.action.llm.caches.shelf import Kept

__all__ = ["Caches", "Hit", "Kept", "Lookup", "Scope", "read_lookup"]
