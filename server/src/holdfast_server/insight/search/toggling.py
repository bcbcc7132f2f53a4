"""Adding a value to a query, and taking it away: what a press on a facet does."""

from __future__ import annotations

from holdfast_server.insight.search.binding import find_field
from holdfast_server.insight.search.fields import Noun
from holdfast_server.insight.search.syntax import All, Listed, Node, Term, Value, Word, is_plain


def chosen(query: Node, noun: Noun, key: str) -> frozenset[str]:
    """The values of a field that a query names on its own account: not negated, not one of several ways."""
    choices = (one for one in _conjuncts(query) if _is_choice(one, noun, key))
    return frozenset(word.text for one in choices for word in _words(one))


def toggle(query: Node, noun: Noun, key: str, value: str) -> Node:
    """The query with this value added to what is chosen, or without it."""
    before = chosen(query, noun, key)
    rest = [one for one in _conjuncts(query) if not _is_choice(one, noun, key)]
    wanted = sorted(before ^ {value})
    if wanted:
        words = tuple(Word(text, quoted=not is_plain(text)) for text in wanted)
        said: Value = words[0] if len(words) == 1 else Listed(words)
        rest.append(Term(key, said))
    return rest[0] if len(rest) == 1 else All(tuple(rest))


def without(query: Node, noun: Noun, key: str) -> Node:
    """The query without what is chosen of a field."""
    rest = tuple(one for one in _conjuncts(query) if not _is_choice(one, noun, key))
    return rest[0] if len(rest) == 1 else All(rest)


def _conjuncts(query: Node) -> tuple[Node, ...]:
    return query.of if isinstance(query, All) else (query,)


def _is_choice(node: Node, noun: Noun, key: str) -> bool:
    """Whether a term names values of this field; patterns and bounds are left as they were typed."""
    if not isinstance(node, Term):
        return False
    field = find_field(noun, node.key)
    return field is not None and field.key == key and bool(_words(node))


def _words(node: Node) -> tuple[Word, ...]:
    if not isinstance(node, Term):
        return ()
    match node.value:
        case Word() as word:
            words: tuple[Word, ...] = (word,)
        case Listed(words):
            pass
        case _:
            words = ()
    return words if all(word.quoted or "*" not in word.text for word in words) else ()
