"""Tool contracts: read from elsewhere, checked, compared, written down."""

from holdfast.action.contracts.checking import Problem, check, check_alone, missing_tools
from holdfast.action.contracts.drift import TOLD, Change, Drift, drift
from holdfast.action.contracts.imported import Imported, Note, with_named
from holdfast.action.contracts.mcp import read_mcp
from holdfast.action.contracts.openapi import read_openapi
from holdfast.action.contracts.references import look_up, resolve
from holdfast.action.contracts.schemas import check_bounds
from holdfast.action.contracts.shipped import SHIPPED, read_shipped
from holdfast.action.contracts.weight import check_weight
from holdfast.action.contracts.writing import as_said, write_contracts

__all__ = [
    "SHIPPED",
    "TOLD",
    "Change",
    "Drift",
    "Imported",
    "Note",
    "Problem",
    "as_said",
    "check",
    "check_alone",
    "check_bounds",
    "check_weight",
    "drift",
    "look_up",
    "missing_tools",
    "read_mcp",
    "read_openapi",
    "read_shipped",
    "resolve",
    "with_named",
    "write_contracts",
]
