"""How it travels: to the server and back, bounded, and never in the agent's way."""

from holdfast.client.approvals import Approval, ApprovalRequest
from holdfast.client.books import Books
from holdfast.client.leases import Leases
from holdfast.client.lender import Lender, Lent
from holdfast.client.link import Link
from holdfast.client.outbox import Limits
from holdfast.client.process import identify
from holdfast.client.recorder import Recorder
from holdfast.client.served import Served
from holdfast.client.shipper import Shipper
from holdfast.client.spool import Parcel, Spool
from holdfast.client.wire import Endpoint

__all__ = [
    "Approval",
    "ApprovalRequest",
    "Books",
    "Endpoint",
    "Leases",
    "Lender",
    "Lent",
    "Limits",
    "Link",
    "Parcel",
    "Recorder",
    "Served",
    "Shipper",
    "Spool",
    "identify",
]
