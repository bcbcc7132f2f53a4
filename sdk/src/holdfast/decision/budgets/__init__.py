"""Budgets: what they count, whom they concern, when they begin anew, and how they are leased."""

from holdfast.decision.budgets.account import Account
from holdfast.decision.budgets.bank import Balance, Lease
from holdfast.decision.budgets.purses import Purses
from holdfast.decision.budgets.terms import EACH, EVERYTHING, BudgetTerms, Place, Scope, make_place, name_of
from holdfast.decision.budgets.units import SCALE, Need, Unit, Used, plain, told, whole
from holdfast.decision.budgets.window import ALWAYS, FOREVER_NS, Span, Window, find_zone, window_at

__all__ = [
    "ALWAYS",
    "EACH",
    "EVERYTHING",
    "FOREVER_NS",
    "SCALE",
    "Account",
    "Balance",
    "BudgetTerms",
    "Lease",
    "Need",
    "Place",
    "Purses",
    "Scope",
    "Span",
    "Unit",
    "Used",
    "Window",
    "find_zone",
    "make_place",
    "name_of",
    "plain",
    "told",
    "whole",
    "window_at",
]
