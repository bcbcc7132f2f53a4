"""Cedar text to policies: cedarpy parses, this module keeps the places and says where an error stands."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Literal, NamedTuple, cast

import msgspec

from holdfast.errors import PolicySyntaxError

Expression = dict[str, Any]
"""Cedar's JSON form of an expression: one operator and its operands."""

POLICIES_MAX: Final = 10_000
ANNOTATIONS: Final = ("id", "cure", "on", "message", "category", "enforce")
"""The annotations that mean something here; others are kept and passed on."""

LEVEL: Final = "shadow|warn|sample:(?:[1-9][0-9]?|100)|enforce"
"""How a level of enforcement is written; `sample:25` holds for a quarter of all runs."""

TEMPLATES: Final = "templates are not supported: nothing would link the slot"
WITHOUT_TEMPLATES: Final = 'Name the role (`principal in Role::"…"`), or write the policy once for each name.'

VARIABLES: Final = ("principal", "action", "resource", "context")
WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "found an invalid variable in the policy scope": VARIABLES[:3],
    "invalid policy effect": ("permit", "forbid"),
    "invalid policy condition": ("when", "unless"),
}
"""How stock Cedar's complaint about a word begins → the words that may stand there."""
METHODS: Final = (
    "contains", "containsAll", "containsAny", "isEmpty", "hasTag", "getTag",
    "lessThan", "lessThanOrEqual", "greaterThan", "greaterThanOrEqual",
    "isIpv4", "isIpv6", "isLoopback", "isMulticast", "isInRange",
    "offset", "durationSince", "toDate", "toTime",
    "toMilliseconds", "toSeconds", "toMinutes", "toHours", "toDays",
)  # fmt: skip
FUNCTIONS: Final = ("ip", "decimal", "datetime", "duration")

_piece = re.compile(r'"(?:\\.|[^"\\])*"|//[^\n]*|;|[^";/]+|.', re.DOTALL)
_blank = re.compile(r"(?:\s+|//[^\n]*)*")
_token = re.compile(
    r'"(?:\\.|[^"\\])*"|//[^\n]*|[A-Za-z_0-9@?]+|::|[=!<>]=|&&|\|\||[-+*<>=!(){}\[\].,;:]|\s+', re.DOTALL
)
_parts = re.compile(r"::|[\s(]").search
"""What is in a whole expression, or in the name of an entity, and never in the path of an attribute."""
_quoted = re.compile(r"`([^`]+)`")
_cure = re.compile(r"approval:[\w.@-]{1,64}").fullmatch
is_level = re.compile(LEVEL).fullmatch
_on = re.compile(
    r"halt|transform:(?:clamp:[\w.-]+:-?[0-9]+(?:\.[0-9]+)?|redact:[\w.-]+|strip:[\w.-]+:!?[\w.:/* -]*)"
).fullmatch


class Clause(NamedTuple):
    """A `when` or an `unless`."""

    kind: Literal["when", "unless"]
    body: Expression


class Policy(msgspec.Struct, frozen=True):
    """One policy and where it stands."""

    id: str
    effect: Literal["permit", "forbid"]
    principal: Mapping[str, Any]
    action: Mapping[str, Any]
    resource: Mapping[str, Any]
    conditions: tuple[Clause, ...]
    annotations: Mapping[str, str]
    source: str
    line: int
    column: int
    text: str
    form: Mapping[str, Any]
    """Cedar's JSON form of the whole."""
    generated: bool = False
    """Whether a preset wrote the text; its place is then the preset's."""

    @property
    def cure(self) -> str:
        """`approval:<role>`, if an approval lifts this policy."""
        return self.annotations.get("cure", "")

    @property
    def on(self) -> str:
        """What to do instead of denying: `halt` or `transform:…`."""
        return self.annotations.get("on", "")


class Chunk(NamedTuple):
    """The text of one policy and its offset in the file."""

    text: str
    offset: int


def parse(text: str, *, source: str) -> tuple[Policy, ...]:
    """Read the policies of one file.

    Raises:
        PolicySyntaxError: at file, line and column.
    """
    chunks = list(split(text))
    if len(chunks) > POLICIES_MAX:
        raise PolicySyntaxError(
            f"more than {POLICIES_MAX} policies in one file", path=source, line=1, column=1
        )
    try:
        forms = _read(text)
    except ValueError as error:
        raise _located(str(error), text, chunks, source) from error
    for name in forms["templates"]:
        raise problem(TEMPLATES, chunks[_number(name)], text, source, needle="?", hint=WITHOUT_TEMPLATES)
    static: dict[str, dict[str, Any]] = forms["staticPolicies"]
    return tuple(_policy(static[f"policy{n}"], n, chunk, text, source) for n, chunk in enumerate(chunks))


def split(text: str) -> Iterator[Chunk]:
    """The policies' texts: a semicolon outside of strings and comments ends one."""
    start = at = 0
    for match in _piece.finditer(text):
        at = match.end()
        if match.group() == ";":
            yield _trimmed(text, start, at)
            start = at
    rest = _trimmed(text, start, len(text))
    if rest.text:
        yield rest


def problem(
    message: str, chunk: Chunk, text: str, source: str, *, needle: str = "", hint: str = ""
) -> PolicySyntaxError:
    """The error to raise about one policy; it points at the needle where that can be found."""
    found = re.search(rf"(?<![\w]){re.escape(needle)}", chunk.text) if needle else None
    line, column = place(text, chunk.offset + (found.start() if found else 0))
    return PolicySyntaxError(message, path=source, line=line, column=column, hint=hint)


def place(text: str, offset: int) -> tuple[int, int]:
    """Line and column of an offset, both from 1."""
    line = text.count("\n", 0, offset) + 1
    return line, offset - (text.rfind("\n", 0, offset) + 1) + 1


def complain(policy: Policy, message: str, *, needle: str = "", hint: str = "") -> PolicySyntaxError:
    """The error to raise about a parsed policy.

    Args:
        policy: whose place is pointed at.
        message: may name things in back quotes.
        needle: the word to point at; else the first name in back quotes that is found in the policy.
        hint: what to do about it.
    """
    message = re.sub(r"for policy `policy\d+`, ", "", message)
    line, column = locate(policy, *([needle] if needle else _quoted.findall(message)))
    return PolicySyntaxError(message, path=policy.source, line=line, column=column, hint=hint)


def locate(policy: Policy, *names: str) -> tuple[int, int]:
    """Where the first of these names stands in the file; a preset's policy stands where its rule does."""
    for name in () if policy.generated else names:
        needle = name if _parts(name) else name.rpartition(".")[2]
        found = re.search(rf"(?<!\w){re.escape(needle)}", policy.text) if needle else None
        if found:
            line, column = place(policy.text, found.start())
            return policy.line + line - 1, column + (policy.column - 1 if line == 1 else 0)
    return policy.line, policy.column


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`Did you mean x?`, or the whole list when nothing is close."""
    known = sorted(known)
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    if close:
        return f"Did you mean {close[0]}?"
    return f"Known: {', '.join(known[:20])}." if known else ""


def _trimmed(text: str, start: int, end: int) -> Chunk:
    match = cast("re.Match[str]", _blank.match(text, start, end))
    return Chunk(text[match.end() : end], match.end())


def _number(name: str) -> int:
    return int(name.removeprefix("policy"))


def _policy(form: dict[str, Any], n: int, chunk: Chunk, text: str, source: str) -> Policy:
    annotations: dict[str, str] = {k: v or "" for k, v in form.get("annotations", {}).items()}
    _check_annotations(annotations, form["effect"], chunk, text, source)
    line, column = place(text, chunk.offset)
    return Policy(
        id=annotations.get("id") or f"{source}#{n + 1}",
        effect=form["effect"],
        principal=form["principal"],
        action=form["action"],
        resource=form["resource"],
        conditions=tuple(Clause(c["kind"], c["body"]) for c in form["conditions"]),
        annotations=annotations,
        source=source,
        line=line,
        column=column,
        text=chunk.text,
        form=form,
    )


def _check_annotations(
    annotations: dict[str, str], effect: str, chunk: Chunk, text: str, source: str
) -> None:
    for name, value in annotations.items():
        close = difflib.get_close_matches(name, ANNOTATIONS, n=1, cutoff=0.75)
        if close and close[0] != name:
            raise problem(
                f"@{name} is not known; did you mean @{close[0]}?", chunk, text, source, needle=f"@{name}"
            )
        if name in {"cure", "on", "enforce"} and effect == "permit":
            raise problem(f"@{name} belongs on a forbid", chunk, text, source, needle=f"@{name}")
        if name == "cure" and not _cure(value):
            raise problem('@cure must read "approval:<role>"', chunk, text, source, needle="@cure")
        if name == "on" and not _on(value):
            change = '"transform:…" with clamp:<arg>:<max>, redact:<arg> or strip:<arg>:<words>'
            raise problem(f'@on must read "halt" or {change}', chunk, text, source, needle="@on")
        if name == "enforce" and not is_level(value):
            must = '"shadow", "warn", "sample:<1 to 100>" or "enforce"'
            raise problem(f"@enforce must read {must}", chunk, text, source, needle="@enforce")


def _read(text: str) -> dict[str, Any]:
    """Stock Cedar's reading; imported when something is compiled, to keep `import holdfast` light."""
    import cedarpy

    return json.loads(cedarpy.policies_to_json_str(text))


def _located(message: str, text: str, chunks: list[Chunk], source: str) -> PolicySyntaxError:
    """Cedarpy says what is wrong but not where: find the policy, then the place in it."""
    for chunk in chunks:
        try:
            _read(chunk.text)
        except ValueError as error:
            line, column = place(text, chunk.offset + _offset(str(error), chunk.text))
            return PolicySyntaxError(
                str(error), path=source, line=line, column=column, hint=_hint(str(error))
            )
    return PolicySyntaxError(message, path=source, line=1, column=1)


def _hint(message: str) -> str:
    """What a word of the language was perhaps meant to be."""
    for start, known in WORDS.items():
        if message.startswith(start):
            return did_you_mean(message.rpartition(": ")[2], known)
    for end, known in (("is not a valid method", METHODS), ("is not a valid function", FUNCTIONS)):
        if message.endswith(end):
            return did_you_mean(_quoted.findall(message)[0], known)
    if message.endswith("has no fields or methods"):
        return did_you_mean(_quoted.findall(message)[-1], VARIABLES)
    return ""


def _offset(message: str, text: str) -> int:
    if message == "unexpected end of input":
        return len(text.rstrip())
    if message == "invalid token":
        return _first_illegal(text)
    quoted = _quoted.findall(message)
    needle = quoted[-1] if quoted else message.rpartition(": ")[2].strip()
    starts = [match.start() for match in re.finditer(re.escape(needle), text)] if needle else []
    if message.startswith("unexpected token"):
        starts = [at for at in starts if _breaks_at(text, at, needle)]
    return starts[0] if starts else 0


def _breaks_at(text: str, at: int, token: str) -> bool:
    """Whether this occurrence is the one the parser stumbled over: the text before it could still go on."""
    try:
        _read(text[: at + len(token)] + ";")
    except ValueError as error:
        return str(error) == f"unexpected token `{token}`"
    return False


def _first_illegal(text: str) -> int:
    at = 0
    while at < len(text):
        match = _token.match(text, at)
        if not match:
            break
        at = match.end()
    return min(at, len(text) - 1)
