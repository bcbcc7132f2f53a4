"""What a condition demands of the values it reads, gathered until two demands cannot both be met."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from holdfast.decision.cedar.spelling import Path, spell_value
from holdfast.decision.cedar.values import Datetime, Decimal, Duration


class Known(NamedTuple):
    """What is known beforehand of one value of the context, whatever the request."""

    low: int | None = None
    high: int | None = None
    among: frozenset[Any] | None = None
    """The only values it can have."""
    normal: Callable[[str], str] | None = None
    """How its text, or the text of its members, is always written."""


NOTHING_KNOWN: Final = Known()
MANY: Final = 64
Knowledge = Mapping[Path, Known]


class Why(NamedTuple):
    """Why something can never be."""

    message: str
    needle: str = ""
    """The word of the policy that the message is about."""
    hint: str = ""


class Clash(Exception):
    """Two demands that no request can meet."""

    def __init__(self, message: str, *, needle: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.why = Why(message, needle, hint)


class Term(NamedTuple):
    """A value that a condition reads, under the name it has in the policy."""

    name: str
    known: Known = NOTHING_KNOWN

    @property
    def needle(self) -> str:
        """The last word of its name."""
        return self.name.rpartition(".")[2]


class Pattern(NamedTuple):
    """A `like` pattern."""

    matches: Callable[[str], bool]
    prefix: str
    suffix: str
    pieces: tuple[str, ...]
    text: str
    anything: bool
    """Whether every text is like it."""


class Facts:
    """Demands on the values of one request; each method adds one and raises Clash when it cannot be met."""

    __slots__ = ("among", "bounds", "equal", "holding", "likes", "members", "unequal")

    def __init__(self) -> None:
        self.bounds: dict[str, tuple[int | None, int | None]] = {}
        self.equal: dict[str, Any] = {}
        self.unequal: dict[str, frozenset[Any]] = {}
        self.among: dict[str, frozenset[Any]] = {}
        self.holding: dict[str, bool] = {}
        self.likes: dict[str, tuple[tuple[Pattern, bool], ...]] = {}
        self.members: dict[str, dict[Any, bool]] = {}

    def copy(self) -> Facts:
        """The same demands, to go on from in another direction."""
        made = Facts()
        for name in self.__slots__:
            setattr(made, name, dict(getattr(self, name)))
        return made

    def hold(self, name: str, *, want: bool) -> None:
        """An opaque truth."""
        if self.holding.setdefault(name, want) is not want:
            raise Clash(f"`{name}` would have to be both true and false", needle=name.rpartition(".")[2])

    def bound(self, term: Term, *, low: Any = None, high: Any = None) -> None:
        """The value lies in a range."""
        like = low if low is not None else high
        bottom, top = self.bounds.get(term.name, (term.known.low, term.known.high))
        start = low if bottom is None or (low is not None and low > bottom) else bottom
        end = high if top is None or (high is not None and high < top) else top
        if start is not None and end is not None and start > end:
            raise Clash(_empty(term, int(start), int(end), like), needle=term.needle)
        self.bounds[term.name] = (start, end)

    def be(self, term: Term, value: Any) -> None:
        """The value is exactly this."""
        if type(value) is str:
            _check_normal(term, value, "is never")
        if term.known.among is not None and value not in term.known.among:
            raise Clash(
                f"`{term.name}` is never {spell_value(value)}",
                needle=term.needle,
                hint=_only(term.known.among),
            )
        if self.equal.setdefault(term.name, value) != value:
            both = f"{spell_value(self.equal[term.name])} and {spell_value(value)}"
            raise Clash(f"`{term.name}` cannot be both {both}", needle=term.needle)
        if isinstance(value, int) and not isinstance(value, bool):
            self.bound(term, low=value, high=value)
        self._fit(term, value)

    def differ(self, term: Term, value: Any) -> None:
        """The value is anything but this."""
        others = self.unequal.get(term.name, frozenset()) | {value}
        self.unequal[term.name] = others
        if term.name in self.equal:
            self._fit(term, self.equal[term.name])
        if _everything(term.known) <= others:
            raise Clash(f"`{term.name}` is always one of those", needle=term.needle)

    def be_among(self, term: Term, values: frozenset[Any]) -> None:
        """The value is one of these."""
        normal = term.known.normal
        left = frozenset(v for v in values if normal is None or type(v) is not str or normal(v) == v)
        if values and not left:
            _check_normal(term, str(min(values)), "is never")
        left &= self.among.get(term.name, left)
        if term.known.among is not None:
            left &= term.known.among
        if not left:
            raise Clash(f"`{term.name}` is never one of those", needle=term.needle)
        self.among[term.name] = left
        if term.name in self.equal:
            self._fit(term, self.equal[term.name])

    def match(self, term: Term, pattern: Pattern, *, want: bool) -> None:
        """The text is like a pattern, or not."""
        # Only the case of a part is sure to be kept: the rest of a text may normalise to something longer.
        if want and term.known.normal and any(piece != piece.lower() for piece in pattern.pieces):
            hint = f"Write {pattern.text.lower()}."
            raise Clash(f"`{term.name}` is never like {pattern.text}", needle=term.needle, hint=hint)
        if not want and pattern.anything:
            raise Clash(f'`{term.name}` is always like "*"', needle=term.needle)
        others = self.likes.get(term.name, ())
        for other, wanted in others:
            if want and wanted and not _compatible(pattern, other):
                message = f"`{term.name}` cannot be like {other.text} and like {pattern.text}"
                raise Clash(message, needle=term.needle)
            if want is not wanted and other.text == pattern.text:
                message = f"`{term.name}` would have to be both like {pattern.text} and not"
                raise Clash(message, needle=term.needle)
        self.likes[term.name] = (*others, (pattern, want))
        if term.name in self.equal:
            self._fit(term, self.equal[term.name])

    def contain(self, term: Term, member: Any, *, want: bool) -> None:
        """The set holds a member, or not."""
        if want and type(member) is str:
            _check_normal(term, member, "never holds")
        if want and self.holding.get(f"{term.name}.isEmpty()"):
            raise Clash(f"`{term.name}` would have to be empty", needle=term.needle)
        members = {**self.members.get(term.name, {})}
        if members.setdefault(member, want) is not want:
            message = f"`{term.name}` would have to hold {spell_value(member)} and not hold it"
            raise Clash(message, needle=term.needle)
        self.members[term.name] = members

    def be_empty(self, term: Term, *, want: bool) -> None:
        """The set has no members, or some."""
        if want and any(self.members.get(term.name, {}).values()):
            raise Clash(f"`{term.name}` would have to be empty and hold something", needle=term.needle)
        self.hold(f"{term.name}.isEmpty()", want=want)

    def _fit(self, term: Term, value: Any) -> None:
        """Whether what is demanded of the one value it can have is met."""
        if value in self.unequal.get(term.name, ()):
            message = f"`{term.name}` would have to be {spell_value(value)} and not be it"
            raise Clash(message, needle=term.needle)
        if value not in self.among.get(term.name, (value,)):
            raise Clash(f"`{term.name}` cannot be {spell_value(value)} as well", needle=term.needle)
        for pattern, want in self.likes.get(term.name, ()):
            if isinstance(value, str) and pattern.matches(value) is not want:
                word = "is not" if want else "is"
                message = f"{spell_value(value)} {word} like {pattern.text}"
                raise Clash(f"`{term.name}` cannot be that: {message}", needle=term.needle)


def _everything(known: Known) -> frozenset[Any]:
    """Every value there is, where that is known and there are few; else what no set of values covers."""
    if known.among is not None:
        return known.among
    if known.low is not None and known.high is not None and known.high - known.low < MANY:
        return frozenset(range(known.low, known.high + 1))
    return frozenset([NOTHING_KNOWN])


def _empty(term: Term, start: int, end: int, like: Any) -> str:
    kind = type(like) if isinstance(like, (Decimal, Datetime, Duration)) else int
    low, high = spell_value(kind(start)), spell_value(kind(end))
    if term.known.high is not None and end == term.known.high:
        return f"`{term.name}` is never over {high}"
    if term.known.low is not None and start == term.known.low:
        return f"`{term.name}` is never under {low}"
    return f"`{term.name}` cannot be at least {low} and at most {high}"


def _check_normal(term: Term, text: str, word: str) -> None:
    normal = term.known.normal
    if normal is not None and normal(text) != text:
        message = f'`{term.name}` {word} "{text}"'
        raise Clash(message, needle=text, hint=f'It is always written "{normal(text)}".')


def _compatible(one: Pattern, other: Pattern) -> bool:
    """Whether some text could be like both, by their beginnings and ends."""
    starts = one.prefix.startswith(other.prefix) or other.prefix.startswith(one.prefix)
    return starts and (one.suffix.endswith(other.suffix) or other.suffix.endswith(one.suffix))


def _only(values: frozenset[Any]) -> str:
    shown = ", ".join(sorted(map(spell_value, values))[:12])
    return f"It can be: {shown}."
