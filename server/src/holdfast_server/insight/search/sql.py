"""A condition as SQL of the control database, for SQLite and PostgreSQL; every value is a bound parameter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

import sqlalchemy as sa

from holdfast_server.insight.search.condition import (
    Condition,
    Either,
    Equals,
    Every,
    Has,
    Holds,
    Like,
    Mentions,
    Negated,
    Parts,
    Within,
    as_json,
)
from holdfast_server.insight.search.fields import (
    Column,
    Counters,
    Document,
    Elapsed,
    Entry,
    Field,
    First,
    Items,
    Kind,
    KnownCost,
    NounName,
    OfSteps,
    OneOf,
    Sum,
    Wholeness,
)
from holdfast_server.insight.search.scope import Fenced
from holdfast_server.record.ledger.tables import leaves
from holdfast_server.record.runs.completeness import LIVE
from holdfast_server.record.runs.store import escape
from holdfast_server.record.runs.tables import run_counts, run_uses, runs, steps

Truth: TypeAlias = sa.ColumnElement[bool]
Expression: TypeAlias = sa.ColumnElement[Any]
Test: TypeAlias = Callable[[Expression], Truth]

TABLES: Final[Mapping[NounName, sa.Table]] = {"runs": runs, "decisions": steps, "ledger": leaves}
"""The nouns of the control database."""
_ESCAPE: Final = "\\"


def compile_sql(asked: Fenced, dialect: str) -> Truth:
    """The condition for a WHERE.

    Args:
        asked: of runs, decisions or ledger.
        dialect: `sqlite` or `postgresql`.
    """
    return _Compiler(TABLES[asked.noun], dialect).compile(asked.where)


class _Compiler:
    def __init__(self, table: sa.Table, dialect: str) -> None:
        self._table = table
        self._postgres = dialect == "postgresql"

    def compile(self, condition: Condition) -> Truth:
        match condition:
            case Every(of):
                truth = sa.and_(sa.true(), *map(self.compile, of))
            case Either(of):
                truth = sa.or_(sa.false(), *map(self.compile, of))
            case Negated(of):
                truth = sa.not_(self.compile(of))
            case Equals(field, value):
                truth = self._any(field, lambda it: it == value)
            case Like(field, parts):
                truth = self._any(field, lambda it: self._like(it, parts))
            case Holds(fields, parts):
                truth = sa.or_(sa.false(), *(self._holds(field, parts) for field in fields))
            case Mentions():
                raise TypeError("only spans are searched by words")
            case Within(field):
                truth = self._any(field, lambda it: _within(it, condition))
            case Has(field):
                truth = self._any(field, lambda it: _says(it, field.kind))
        return truth

    def _any(self, field: Field, test: Test) -> Truth:
        """Whether the test holds for one of the field's values; never unknown."""
        columns = self._table.c
        match field.place:
            case Column(name):
                truth = _known(columns[name], test)
            case Sum(left, right):
                truth = test(columns[left] + columns[right])
            case Elapsed(start, end):
                elapsed = columns[end] - columns[start]
                backwards = (elapsed < 0, sa.literal(0, sa.BigInteger))
                truth = _known(sa.type_coerce(sa.case(backwards, else_=elapsed), sa.BigInteger), test)
            case KnownCost():
                known = sa.or_(columns.priced_calls > 0, columns.unpriced_calls == 0)
                truth = sa.and_(known, test(columns.cost_micro_usd))
            case Counters():
                given = ((choice, columns[choice] > 0) for choice in field.choices)
                truth = sa.or_(*(sa.and_(more, test(sa.literal(choice))) for choice, more in given))
            case Items():
                truth = self._items(columns, field.place, test)
            case Document(column):
                truth = _known(sa.func.nullif(sa.cast(columns[column], sa.Text), "null"), test)
            case OfSteps():
                truth = self._of_steps(field.place, test)
            case Wholeness():
                known = ((choice, _is_whole(choice)) for choice in field.choices)
                truth = sa.or_(*(sa.and_(so, test(sa.literal(choice))) for choice, so in known))
            case OneOf(names, when, equals):
                fit = sa.or_(*(_known(columns[name], test) for name in names))
                truth = sa.and_(columns[when] == equals, fit)
            case First() | Entry():  # of spans
                raise TypeError(f"{field.key} is kept with spans only")
        return truth

    def _of_steps(self, place: OfSteps, test: Test) -> Truth:
        columns = steps.c
        of_run = [columns.run == runs.c.id, *([columns.kind == place.kind] if place.kind else [])]
        if place.items:
            found = self._items(columns, place.items, test)
        else:
            found = sa.or_(*(_known(columns[name], test) for name in place.columns))
        # A semi-join: the steps that fit are looked up once, not once a run.
        by_steps = runs.c.id.in_(sa.select(columns.run).where(*of_run[1:], found))
        if not place.used:
            return by_steps
        used = sa.select(run_uses.c.run).where(run_uses.c.kind == place.used, test(run_uses.c.name))
        return sa.or_(by_steps, runs.c.id.in_(used))

    def _items(self, columns: Any, place: Items, test: Test) -> Truth:
        column = columns[place.column]
        if self._postgres:
            # An empty list for what is null, in SQL or in JSON.
            listed = sa.case((sa.func.json_typeof(column) == "array", column), else_=sa.text("'[]'::json"))
            name = "json_array_elements" if place.part else "json_array_elements_text"
        else:
            listed, name = column, "json_each"
        each = getattr(sa.func, name)(listed, type_=sa.JSON).table_valued(sa.column("value", sa.Text))
        value: Expression = each.c.value
        if place.part:
            part = place.part if self._postgres else f"$.{place.part}"
            take = sa.func.json_extract_path_text if self._postgres else sa.func.json_extract
            value = take(value, part)
        return sa.exists(sa.select(sa.literal(1)).select_from(each).where(_known(value, test)))

    def _like(self, it: Expression, parts: Parts) -> Truth:
        if self._postgres:
            return it.like("%".join(map(escape, parts)), escape=_ESCAPE)
        # SQLite's LIKE knows no difference between a and A; its GLOB does.
        return it.op("GLOB")("*".join(map(_escape_glob, parts)))

    def _holds(self, field: Field, parts: Parts) -> Truth:
        if isinstance(field.place, Document):
            parts = tuple(map(as_json, parts))
        pattern = "%".join(("", *map(escape, parts), ""))
        return self._any(field, lambda it: self._folded(it).like(pattern, escape=_ESCAPE))

    def _folded(self, it: Expression) -> Expression:
        """A to Z as a to z and nothing else: what SQLite does anyway, PostgreSQL under this collation."""
        return sa.func.lower(sa.collate(it, "C") if self._postgres else it)


def _known(it: Expression, test: Test) -> Truth:
    """A test that is false, not unknown, where there is no value."""
    return sa.and_(it.is_not(None), test(it))


def _within(it: Expression, asked: Within) -> Truth:
    said = list[Truth]()
    if asked.low is not None:
        said.append(it >= asked.low if asked.low_in else it > asked.low)
    if asked.high is not None:
        said.append(it <= asked.high if asked.high_in else it < asked.high)
    return sa.and_(sa.true(), *said)


def _is_whole(state: str) -> Truth:
    """Whether a run is here as far as this state says; `judge` of record/runs/completeness.py as SQL."""
    counted = sa.select(run_counts.c.run).where(run_counts.c.stored > 0)
    gap = sa.or_(run_counts.c.told > run_counts.c.numbered, run_counts.c.orphaned > 0)
    all_here = counted.where(run_counts.c.told > 0, sa.not_(gap), run_counts.c.ended_seen_ns > 0)
    lives, any_here = runs.c.state.in_(LIVE), runs.c.id.in_(counted)
    whole = runs.c.id.in_(all_here)
    partial = sa.or_(
        sa.and_(sa.not_(lives), runs.c.id.in_(counted.where(gap))),
        sa.and_(sa.not_(lives), sa.not_(any_here), runs.c.process != ""),
        sa.and_(runs.c.state == "lost", any_here, sa.not_(whole)),
    )
    return {"whole": whole, "partial": partial}.get(state, sa.not_(sa.or_(whole, partial)))


def _says(it: Expression, kind: Kind) -> Truth:
    match kind:
        case Kind.MONEY:
            return it.is_not(None)
        case Kind.NUMBER | Kind.DURATION | Kind.TIME:
            return it != 0
        case Kind.FLAG:
            return it == sa.true()
        case _:
            return it != ""


def _escape_glob(part: str) -> str:
    return "".join(f"[{char}]" if char in "*?[" else char for char in part)
