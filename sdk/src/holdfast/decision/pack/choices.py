"""Which values a place in a document may have, where it may have but a few."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import inspect as told

Step = str | int


def choices(kind: type, path: Sequence[Step]) -> frozenset[str]:
    """The words that may stand at a path of a value of this type; none where any may."""
    return frozenset(_words(told.type_info(kind), tuple(path)))


def _words(kind: told.Type, path: tuple[Step, ...]) -> Iterator[str]:
    match kind:
        case told.UnionType():
            for one in kind.types:
                yield from _words(one, path)
        case told.Metadata():
            yield from _words(kind.type, path)
        case told.StructType() if path:
            for field in kind.fields:
                if field.encode_name == path[0]:
                    yield from _words(field.type, path[1:])
        case told.ListType() | told.VarTupleType() | told.SetType() | told.FrozenSetType() if path:
            yield from _words(kind.item_type, path[1:])
        case told.DictType() if path:
            yield from _words(kind.value_type, path[1:])
        case told.EnumType() if not path:
            yield from (str(one.value) for one in kind.cls)
        case told.LiteralType() if not path:
            yield from (str(one) for one in kind.values)
        case _:
            return
