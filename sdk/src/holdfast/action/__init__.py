"""What an agent wants to do: values only, no clock, no I/O."""

from holdfast.action.action import NOTHING, Action, Actor, Effect, Estimate, Kind
from holdfast.action.canonical import canonicalise, digest, parse_arguments
from holdfast.action.contract import RESERVED_PREFIX, Contract

__all__ = [
    "NOTHING",
    "RESERVED_PREFIX",
    "Action",
    "Actor",
    "Contract",
    "Effect",
    "Estimate",
    "Kind",
    "canonicalise",
    "digest",
    "parse_arguments",
]
