"""The functions of this process that a probe can call: governed tools by name, and probes of decorators."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import WeakValueDictionary

functions: WeakValueDictionary[str, Callable[..., Any]] = WeakValueDictionary()
"""Every governed function that still exists, by the name of its tool: calling one is judged like any call."""
probes: WeakValueDictionary[tuple[str, str], Callable[..., Any]] = WeakValueDictionary()
"""Functions given to a decorator as post-conditions, by tool and name: `probe(arguments, result)`."""
