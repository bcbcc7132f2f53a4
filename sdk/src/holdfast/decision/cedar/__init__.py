"""Cedar, the policy language: cedarpy parses and validates, Python closures decide."""

from holdfast.decision.cedar.compiler import (
    Forbids,
    Judge,
    Judged,
    Permits,
    applies,
    compile_checked,
    compile_fast,
    compile_forbids,
    compile_permits,
)
from holdfast.decision.cedar.facts import Knowledge, Known, Why
from holdfast.decision.cedar.heads import head_of
from holdfast.decision.cedar.operations import Node, World
from holdfast.decision.cedar.refute import refute
from holdfast.decision.cedar.shapes import Attribute, Shape, Type, shape_of
from holdfast.decision.cedar.syntax import Policy, complain, did_you_mean, locate, parse
from holdfast.decision.cedar.values import CedarError, Decimal, Entity, Record, make_set
from holdfast.decision.cedar.views import Place, View

__all__ = [
    "Attribute",
    "CedarError",
    "Decimal",
    "Entity",
    "Forbids",
    "Judge",
    "Judged",
    "Knowledge",
    "Known",
    "Node",
    "Permits",
    "Place",
    "Policy",
    "Record",
    "Shape",
    "Type",
    "View",
    "Why",
    "World",
    "applies",
    "compile_checked",
    "compile_fast",
    "compile_forbids",
    "compile_permits",
    "complain",
    "did_you_mean",
    "head_of",
    "locate",
    "make_set",
    "parse",
    "refute",
    "shape_of",
]
