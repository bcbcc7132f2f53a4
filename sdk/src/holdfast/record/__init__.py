"""What happened, as values and as a ledger that can be proved.

Before the outside world sees anything: `redact`. What a call cost: `price`. What is proved:
`holdfast.record.ledger`.
"""

from holdfast.record.commitments import Commitments
from holdfast.record.decisions import DecisionWriter, decision_record
from holdfast.record.events import (
    AlarmRecord,
    ApprovalRecord,
    BreakerRecord,
    DecisionRecord,
    Dropped,
    Envelope,
    GatewayRecord,
    KillRecord,
    Leaf,
    OutcomeRecord,
    PolicyRecord,
    Process,
    RetentionRecord,
    ShippedRecord,
    decode_leaf,
    encode_leaf,
)
from holdfast.record.price import Priced, Usage, estimate_max, price, read_usage
from holdfast.record.redact import SECRETS_ONLY, Redactor, redact, redact_text, restore
from holdfast.record.span import Scope, Span, agent_span, chat_span, tool_span

__all__ = [
    "SECRETS_ONLY",
    "AlarmRecord",
    "ApprovalRecord",
    "BreakerRecord",
    "Commitments",
    "DecisionRecord",
    "DecisionWriter",
    "Dropped",
    "Envelope",
    "GatewayRecord",
    "KillRecord",
    "Leaf",
    "OutcomeRecord",
    "PolicyRecord",
    "Priced",
    "Process",
    "Redactor",
    "RetentionRecord",
    "Scope",
    "ShippedRecord",
    "Span",
    "Usage",
    "agent_span",
    "chat_span",
    "decision_record",
    "decode_leaf",
    "encode_leaf",
    "estimate_max",
    "price",
    "read_usage",
    "redact",
    "redact_text",
    "restore",
    "tool_span",
]
