"""What a drill's processes inherit: everything but other people's keys, endpoints and settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

FOREIGN: Final = ("HOLDFAST_", "OPENAI_", "ANTHROPIC_", "LANGSMITH_", "LANGCHAIN_", "LOGFIRE_", "OTEL_")
"""Beginnings of the environment variables that would send a drill somewhere else."""


def clean_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment a drill's process gets."""
    return {name: value for name, value in environment.items() if not name.startswith(FOREIGN)}
