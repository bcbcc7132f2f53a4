"""Secrets that are known by the name they stand behind: `DB_PASSWORD=`, `"api_key": "`, `--token`.

Names are found by plain searches for a few words; what follows a word is read by one anchored pattern, and a
judgement about name, sign and value together decides.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from holdfast.decision.content.finding import Family, Finding
from holdfast.decision.content.names import (
    is_harmless,
    longer_tail,
    names_a_secret,
    says_secret,
    tail_of_a_password,
    tail_of_a_token,
    tells_of_it,
)
from holdfast.decision.content.providers import misshapen, names_a_provider
from holdfast.decision.content.shapes import RUN_MIN, is_hex, is_made_up, is_random, is_uuid
from holdfast.decision.content.signs import GAP, SAID, SCHEME, SIGN

WORDS: Final = (
    "pass", "pasw", "pwd", "pw", "psw", "secret", "token", "key", "auth", "cred", "salt", "nonce",
    "private", "access", "login", "bearer", "basic", "api", "identified", "unseal", "securestring",
    "crumb", "p/w", "paasw", "psk",
)  # fmt: skip
"""What a telling name contains; the last such word of a name decides."""
_PASSWORDS: Final = frozenset(
    ("pass", "pasw", "paasw", "pwd", "pw", "p/w", "psw", "psk", "identified", "securestring")
)
_FLAGS: Final = frozenset(("identified", "securestring"))
"""Words after which a value follows without a sign, as after an option."""
_FAINT: Final = frozenset(("api", "login", "salt", "nonce"))
"""Words that tell something only before a sign like `=`."""
NAME_MAX: Final = 48
_NEAR: Final = 256
"""A connection string is looked for so far around a password."""
VALUE_MAX: Final = 4096
JUDGED_MAX: Final = 256
"""So much of a value tells what it is: a text full of telling words in one run costs no more than others."""

_follows = re.compile(
    r"(?P<tail>(?:[ -](?i:word|phrase))?[A-Za-z0-9_]{0,24}+(?: [0-9](?: \(will be hidden\))?(?=:))?)"
    rf"(?:(?P<sign>{SIGN})(?P<said>{SAID})|(?P<gap>{GAP}))(?P<scheme>{SCHEME})"
    r"(?:\\{1,4}\"(?P<nested>[^\"\\]{1,4096})|\"(?P<double>(?:[^\"\\\n]|"
    r"\\.){1,4096})|'(?P<single>[^'\n]{1,4096})'"
    r"|&quot;(?P<entity>(?:(?!&quot;).){1,512})|`(?P<tick>[^`\n]{1,512})`"
    r"|(?P<bare>(?:[^\s\"'`,;&<>(){}\[\]|\\]|&(?![\w.-]{0,32}[=;&]|[\s#])){4,4096}))"
).match
_BYTES: Final = frozenset(("key", "secret", "salt", "nonce", "token", "pass", "pwd", "private"))
_numbers = re.compile(
    r"\w{0,24}(?:\[\w{0,8}\])?\s{0,4}(?::?=|:)?\s{0,4}(?:(?:new )?(?:\[\]byte|byte\[\]|bytes?|bytearray))?\s?"
    r"[({\[]{1,2}(?P<value>(?:\s{0,8}(?:0[xX][0-9A-Fa-f]{1,2}|\d{1,3})\s{0,4},){7,256}"
    r"\s{0,8}(?:0[xX][0-9A-Fa-f]{1,2}|\d{1,3})?)"
).match
"""A list of bytes behind a telling name."""
_user = re.compile(
    r"(?:^|[\s;,{(\"'])(?:user(?:_?name)?|login|uid)[\"']?\s{0,3}[:= ]\s{0,3}[\"']?[\w@.\\-]{2,64}"
    r"[\"']?\s{0,3}[;,]?\s{0,2}\n"
    r"(?:[ \t]{0,16}(?://|#|--)[^\n]{0,80}\n){0,4}[ \t]{0,16}[\w\"'.-]{0,24}\Z",
    re.IGNORECASE,
).search
_WORDLY: Final = string.ascii_letters + string.digits + "_-"
_one_run = re.compile(r"[\w+/=-]{24,}", re.ASCII).fullmatch
"""So long is a value that is random beyond doubt."""
_plain_words: Final = frozenset(
    (
        "password", "passwd", "pass", "pwd", "secret", "token", "key", "string", "text", "required",
        "invalid", "username", "user", "login", "empty", "optional", "hidden", "credentials", "bearer",
        "basic", "admin", "default", "value", "name", "test",
    )
)  # fmt: skip
_COMMON: Final = frozenset(
    (
        "qwerty", "qwertyuiop", "letmein", "iloveyou", "dragon", "monkey", "sunshine", "princess", "football",
        "baseball", "superman", "batman", "starwars", "qazwsx", "asdfgh", "zxcvbn",
    )
)  # fmt: skip
"""Words that lists of the passwords most in use hold, and prose after `password:` does not."""
_NOTHING: Final = frozenset(["null", "none", "nil", "true", "false", "undefined"])
_code = re.compile(
    r"^[$%@{<#,;:]|:$|^arn:|^[.~]|^/(?:[a-z_.-]+/|[a-z]+$)|://|\$\{|"
    r"\$\(|\{\{|\}\}|^[A-Za-z_]+(?:\.[A-Za-z_]+)+$|^\w+\(|[\w\]]\.$"
).search
_constant = re.compile(r"(?:[A-Z][A-Z0-9]*_)+(?:PASSWORD|PASS|PWD|SECRET|TOKEN|KEY)").fullmatch
"""The name of a variable that holds a secret, given to what reads it."""
_path = re.compile(
    r"[\w.-]*/[\w./#:-]*|.*\.(?:pem|crt|cer|key|p12|json|ya?ml|gif|png|html?|py|js|ts|md|txt)"
).fullmatch
_special = re.compile(r"[!@#$%^&*~?+]").search
_name_like = re.compile(r"[\w-]+", re.ASCII).fullmatch
_digit = re.compile(r"[0-9]").search
_letter = re.compile(r"[A-Za-z]").search
_token_run = re.compile(r"[\w+/=.~%-]{8,}|[\w+/~%-]{3,64}:[\w+/=~%-]{8,}", re.ASCII).fullmatch
_one_case = re.compile(r"[a-z]{20,}|[A-Z]{20,}|[A-Za-z]{40,}").fullmatch
_connection = re.compile(
    r"(?:^|[;\"'\s])(?:user(?: ?id|name)?|uid|server|data source|database|"
    r"host|port)\s?=\s?[^;\"'\n=]{1,128};",
    re.IGNORECASE,
).search
_asked = re.compile(
    r"[?&,\s](?:user(?:_?name)?|uid|login)=[^&,;\s\"'=]{1,128}[&,][\w.-]{0,24}\Z", re.IGNORECASE
).search
_aws_secret = re.compile(r"aws.{0,16}secret", re.IGNORECASE).search
_lone = re.compile(
    r"[ \t]{0,8}(?:export )?[A-Za-z][\w.-]{2,60}=[A-Za-z0-9]{6,64}(?:[ \t]+#[^\n]*)?(?:\n|\Z)"
).match
_forty = re.compile(r"[A-Za-z0-9/+]{40}").fullmatch


def in_fields(text: str, places: Iterable[tuple[int, str]]) -> Iterator[Finding]:
    """The secrets behind the telling words that stand at these places."""
    done = 0
    for start, word in places:
        if start < done:
            continue
        numbers = _numbers(text, start + len(word)) if word in _BYTES else None
        if numbers is not None:
            done = numbers.end()
            yield Finding(Family.SECRET, "token", *numbers.span("value"), 0.8, "secret/bytes")
            continue
        match = _follows(text, start + len(word))
        if match is not None:
            found = _judge(text, start, word, match)
            if found is not None:
                done = found.end
                yield found


def _judge(  # noqa: PLR0911  # one return a case reads best
    text: str, start: int, word: str, match: re.Match[str]
) -> Finding | None:
    secretly = word in _PASSWORDS
    if not (tail_of_a_password if secretly else tail_of_a_token)(match["tail"]):
        return _named_at_length(text, start, word, match)
    if word in _FAINT and match["sign"] is None:
        return None
    group = match.lastgroup or "bare"
    begin, end = match.span(group)
    end -= group == "bare" and text[end - 1] == "."  # of a sentence
    value = text[begin : min(end, begin + JUDGED_MAX)]
    if match["gap"] and not secretly and len(value) < RUN_MIN and value.isalpha():  # prose
        return None
    if is_made_up(value) or _code(value) or value.lower() in _NOTHING or _constant(value):
        return None
    sign = match["sign"] or ""
    field = _Field(
        word=word,
        name=_before(text, start) + word + match["tail"],
        value=value,
        gap=match["gap"] or "",
        scheme=bool(match["scheme"]),
        quoted=group != "bare",
        called="(" in sign,
        quoted_name=sign.lstrip("\\")[:1] in {'"', "'"} and ":" in sign,
        text=text,
        start=start,
    )
    if not (_is_password(field) if secretly else _is_token(field, word)):
        return None
    if group == "bare" and (
        text[end : end + 1] in {"(", "["} or ("(" in (match["sign"] or "") and not _digit(value))
    ):  # a call, or what a call is given
        return None
    if misshapen(text, begin, value):
        return None
    kind = "password" if secretly else "token"
    return Finding(Family.SECRET, kind, begin, end, 0.7 if field.gap else 0.8, "secret/field")


def _named_at_length(text: str, start: int, word: str, match: re.Match[str]) -> Finding | None:
    """A secret whose name goes on after the telling word, `SECRET_KEY_BASE`: it must be random."""
    tail = longer_tail(match["tail"])
    if match["sign"] is None or match["scheme"] or match["said"] or tail is None:
        return None
    if tells_of_it(tail["last"]) or says_secret(tail["last"]) or not says_secret(_before(text, start) + word):
        return None
    group = match.lastgroup or "bare"
    begin, end = match.span(group)
    value = text[begin : min(end, begin + JUDGED_MAX)]
    if _one_run(value) is None or not is_random(value) or is_uuid(value) or is_made_up(value) or _code(value):
        return None
    if text[end : end + 1] in {"(", "["} or misshapen(text, begin, value):
        return None
    return Finding(Family.SECRET, "token", begin, end, 0.6, "secret/field")


def _before(text: str, start: int) -> str:
    """What stands before a telling word and belongs to its name, with the word before that."""
    left = text[max(0, start - NAME_MAX) : start]
    head = left.rstrip(_WORDLY + ".$?&")
    if head.endswith(" "):
        word = head[:-1].rstrip(_WORDLY)
        return left[len(word) if len(word) < len(head) - 1 else len(head) :]
    return left[len(head) :]


class _Field(NamedTuple):
    """A telling name and what follows it."""

    word: str
    name: str
    value: str
    gap: str
    """What stands between them when it is no sign like `=` or `:`."""
    scheme: bool
    """Whether the value follows `Bearer`, `Basic` or the like."""
    quoted: bool
    called: bool
    """Whether the name is called: `OAuth("abc")`."""
    quoted_name: bool
    """Whether the name stands in quotes and a colon follows, as in JSON."""
    text: str
    start: int

    @property
    def exact(self) -> bool:
        """Whether it is a field of plain data whose name alone says that its value is secret."""
        return self.quoted_name and names_a_secret(self.name)

    @property
    def flagged(self) -> bool:
        """Whether it is an option of a command: `--token abc`."""
        return self.word in _FLAGS or self.name.rpartition(" ")[2].startswith("-")

    @property
    def told(self) -> bool:
        """Whether a sentence says it: `changed to abc`."""
        return self.gap.endswith((" to ", " was "))

    @property
    def lone(self) -> bool:
        """Whether it is all of a line, as in a file of settings: `DB_PASSWORD=whiteduke`."""
        return _lone(self.text, self.text.rfind("\n", 0, self.start) + 1) is not None

    @property
    def paired(self) -> bool:
        """Whether the line before it names a user."""
        return _user(self.text, max(0, self.start - _NEAR), self.start) is not None

    @property
    def connects(self) -> bool:
        """Whether it is part of a connection string."""
        return _connection(self.text, max(0, self.start - _NEAR), self.start + _NEAR) is not None

    @property
    def asked(self) -> bool:
        """Whether it follows a user in the query of a URL, or in a list like one."""
        return _asked(self.text, max(0, self.start - _NEAR), self.start) is not None

    @property
    def varied(self) -> bool:
        """Whether it is chosen as passwords are: small and capital letters and digits, in no words."""
        value = self.value
        return (
            len(value) >= 8 and value.isalnum() and self.mixed and not value.islower() and not value.isupper()
        )  # what rules for passwords ask for

    @property
    def mixed(self) -> bool:
        return bool(_digit(self.value) and _letter(self.value))


def _is_password(field: _Field) -> bool:  # noqa: PLR0911  # one return a case reads best
    value, size = field.value, len(field.value)
    if size >= 4 and field.paired:
        return True
    if value.lower().strip("'\"") in _plain_words and not field.connects:
        return False
    if _path(value) and not _digit(value):
        return False
    if field.quoted:
        return field.exact or (size >= 4 and " " not in value and (field.mixed or not field.told))
    if not field.gap:
        odd = "$" not in value and (
            field.mixed or _special(value) is not None or field.lone or value.lower() in _COMMON
        )
        return size >= 4 and (odd or field.connects or field.asked)
    if field.flagged or " is " in field.gap:
        return size >= 6 and (field.mixed or _special(value) is not None or value != value.lower())
    return field.mixed and size >= 6 and "/" not in value and field.gap.endswith((" ", "\t"))


def _is_token(field: _Field, word: str) -> bool:  # noqa: PLR0911  # one return a case reads best
    value, size = field.value, len(field.value)
    if is_harmless(field.name) or (_path(value) and not is_random(value)):
        return False
    if (word == "auth" and field.called) or (word == "api" and not _name_like(value)):
        return False
    if field.scheme and not field.gap:
        return size >= 8
    if _aws_secret(field.name):
        return _forty(value) is not None
    strong, tight = says_secret(field.name) is not None, not field.gap or field.flagged
    if (
        tight
        and field.quoted
        and strong
        and " " not in value
        and (field.exact or field.mixed or _special(value) is not None)
    ):
        return size >= 4
    if tight and strong and (field.varied or (field.mixed and size >= 8 and _special(value) is not None)):
        return True
    if (
        tight
        and strong
        and size >= (6 if word == "secret" else 10 if field.mixed else VALUE_MAX)
        and field.lone
    ):
        return True
    if word in {"salt", "nonce"} and field.quoted and field.mixed and size >= 8:
        return True
    if _token_run(value) is None:
        return False
    return _is_key(
        value,
        strong=strong or names_a_provider(field.text, field.start),
        tight=tight,
        asked="?" in field.name or "&" in field.name,
        word=word,
    )


def _is_key(value: str, *, strong: bool, tight: bool, asked: bool, word: str) -> bool:  # noqa: PLR0911  # one return a case reads best
    size = len(value)
    if asked and size >= 12 and _digit(value):
        return True
    if not tight and (size < 16 or word == "api"):
        return False
    if is_uuid(value) or _one_case(value):
        return strong
    if strong and size >= 20 and value.isalnum() and len(set(value)) >= 0.8 * size:
        return True
    if is_hex(value) and _digit(value) and _letter(value):
        return size >= (16 if strong or tight else 32)
    if tight and strong:
        return is_random(value) or (size >= 16 and value.isalnum() and _digit(value) is not None)
    return is_random(value) and size >= (16 if strong or tight else 20)
