"""The rules in force when nobody has written any: reading and writing go on, what matters asks."""

from __future__ import annotations

from typing import Final

from holdfast.decision.bundle import Source

TEXT: Final = """\
# The starter pack: in force until you write your own rules. docs/concepts/policies.md explains every word.
pack: starter

agents:
  "*": {}                     # any agent may act, within the rules below

rules:
  - allow_agents: {}          # start, use models, delegate, speak, remember, answer
  - allow_effects: {effects: [read, write, send, spend, execute, destroy]}

  - ask_effects:
      name: send
      effects: [send]
      message: Sending something to others needs the owner's approval.
  - spend_limit: {approve_over: 100, deny_over: 10000}
  - ask_effects:
      name: destroy
      effects: [destroy]
      irreversible: true
      message: This cannot be undone, so the owner must approve it.
  - irreversible_in:
      environment: production
      effects: [destroy]
      approvers: [owner, operations]

budgets:
  - {scope: session, usd: 10, calls: 1000, unpriced: allow}

detectors:
  identical_calls: {limit: 5, verdict: halt}
  cycles: {limit: 4, verdict: halt}
  exchanges: {limit: 10, verdict: halt}
  same_errors: {limit: 5, verdict: halt}
  repeated_denials: {limit: 3, verdict: halt}
"""

STARTER: Final = Source("starter.yaml", TEXT, "yaml")
"""The starter pack."""
