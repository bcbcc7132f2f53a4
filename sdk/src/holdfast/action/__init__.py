"""What an agent wants to do: values only, no clock, no I/O."""

from holdfast.action.action import NOTHING, Action, Actor, Effect, Estimate, Kind
from holdfast.action.canonical import canonicalise, digest, parse_arguments
from holdfast.action.contract import RESERVED_PREFIX, Contract, Origin
from holdfast.action.duties import Compensation, Polling, PostCondition, Rate, Retries

__all__ = [
    "NOTHING",
    "RESERVED_PREFIX",
    "Action",
    "Actor",
    "Compensation",
    "Contract",
    "Effect",
    "Estimate",
    "Kind",
    "Origin",
    "Polling",
    "PostCondition",
    "Rate",
    "Retries",
    "canonicalise",
    "digest",
    "parse_arguments",
]
