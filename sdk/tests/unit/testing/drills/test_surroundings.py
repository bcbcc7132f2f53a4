"""A drill talks to its own provider and server, whatever the shell around it says."""

from __future__ import annotations

from holdfast.testing.drills.surroundings import clean_environment


def test_foreign_keys_and_endpoints_stay_outside():
    around = {"PATH": "/bin", "OPENAI_API_KEY": "k", "HOLDFAST_SERVER": "http://x", "LANGSMITH_TRACING": "1"}
    assert clean_environment(around) == {"PATH": "/bin"}
