"""A telling name and what follows it, judged together: whether the value is a password or a token.

What stands around a field is read only where a cheap look says that it could tell something: a text may be
nothing but telling words.
"""

from __future__ import annotations

import re
import string
from typing import Final, NamedTuple

from holdfast.decision.content.names import is_harmless, names_a_secret, says_secret
from holdfast.decision.content.providers import names_a_provider
from holdfast.decision.content.shapes import is_hex, is_random, is_uuid

JUDGED_MAX: Final = 128
"""So much of a value tells what it is."""
FLAGS: Final = frozenset(("identified", "securestring"))
"""Words after which a value follows without a sign, as after an option."""
WORDLY: Final = string.ascii_letters + string.digits + "_-"
_NEAR: Final = 256
"""What belongs to a field stands so far from it, at most."""
_LINE_MAX: Final = 80
"""A line that is all one setting has no longer name."""
_INDENT_MAX: Final = 44
_CLAUSES: Final = 6
"""So many parts of a connection string are read before a password and behind it."""
_users_line = re.compile(
    r"(?:^|[\s;,{(\"'])(?:user(?:_?name)?|login|uid)[\"']?\s{0,3}[:= ]\s{0,3}[\"']?[\w@.\\-]{2,64}"
    r"[\"']?\s{0,3}[;,]?\s{0,2}\Z",
    re.IGNORECASE,
).search
_indent = re.compile(r"[ \t]{0,16}[\w\"'.-]{0,24}").fullmatch
_comment = re.compile(r"[ \t]{0,16}(?://|#|--)[^\n]{0,80}").fullmatch
_COMMENTS: Final = 4
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
        "baseball", "superman", "batman", "starwars", "qazwsx", "asdfgh", "zxcvbn", "welcome", "shadow",
        "michael", "ashley", "bailey", "charlie", "donald", "jordan", "hunter", "jessica", "michelle",
        "jennifer", "loveme", "flower", "pepper", "ginger", "tigger", "cheese", "computer", "killer",
        "soccer", "whatever", "pokemon",
    )
)  # fmt: skip
"""Words that lists of the passwords most in use hold, and prose after `password:` does not."""
_path = re.compile(
    r"[\w.-]*/[\w./#:-]*|.*\.(?:pem|crt|cer|key|p12|json|ya?ml|gif|png|html?|py|js|ts|md|txt)"
).fullmatch
_special = re.compile(r"[!@#$%^&*~?+]").search
_name_like = re.compile(r"[\w-]+", re.ASCII).fullmatch
_digit = re.compile(r"[0-9]").search
_letter = re.compile(r"[A-Za-z]").search
_token_run = re.compile(r"[\w+/=.~%-]{8,}|[\w+/~%-]{3,64}:[\w+/=~%-]{8,}", re.ASCII).fullmatch
_one_case = re.compile(r"[a-z]{20,}|[A-Z]{20,}|[A-Za-z]{40,}").fullmatch
_CONNECTING: Final = (
    "user", "user id", "userid", "username", "uid", "server", "data source", "database", "host", "port",
)  # fmt: skip
_clause = re.compile(
    rf"(?:^|[\"'\s])(?:{'|'.join(_CONNECTING)})\s?=\s?[^;\"'\n=]{{1,128}}\Z", re.IGNORECASE
).search
_asked = re.compile(
    r"[?&,\s](?:user(?:_?name)?|uid|login)=[^&,;\s\"'=]{1,128}[&,][\w.-]{0,24}\Z", re.IGNORECASE
).search
_aws_secret = re.compile(r"aws.{0,16}secret", re.IGNORECASE).search
_lone = re.compile(
    r"[ \t]{0,8}(?:export )?[A-Za-z][\w.-]{2,60}=[A-Za-z0-9]{6,64}(?:[ \t]+#[^\n]*)?(?:\n|\Z)"
).match
_forty = re.compile(r"[A-Za-z0-9/+]{40}").fullmatch


class Field(NamedTuple):
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
        return self.word in FLAGS or self.name.rpartition(" ")[2].startswith("-")

    @property
    def told(self) -> bool:
        """Whether a sentence says it: `changed to abc`."""
        return self.gap.endswith((" to ", " was "))

    @property
    def lone(self) -> bool:
        """Whether it is all of a line, as in a file of settings: `DB_PASSWORD=whiteduke`."""
        least = max(0, self.start - _LINE_MAX)
        line = self.text.rfind("\n", least, self.start) + 1
        return (line > 0 or least == 0) and _lone(self.text, line) is not None

    @property
    def paired(self) -> bool:
        """Whether the line before it names a user."""
        before = self.text[max(0, self.start - _NEAR) : self.start]
        newline = before.rfind("\n", max(0, len(before) - _INDENT_MAX))
        if newline < 0 or not _indent(before, newline + 1):
            return False
        *lines, _ = before.rsplit("\n", _COMMENTS + 2)
        while len(lines) > 1 and _comment(lines[-1]):
            lines.pop()
        return _users_line(lines[-1]) is not None

    @property
    def connects(self) -> bool:
        """Whether it is part of a connection string."""
        before = self.text[max(0, self.start - _NEAR) : self.start].rsplit(";", _CLAUSES)[:-1]
        after = self.text[self.start : self.start + _NEAR].split(";", _CLAUSES)[1:-1]
        return any(map(_connects, (*before, *after)))

    @property
    def asked(self) -> bool:
        """Whether it follows a user in the query of a URL, or in a list like one."""
        before = self.text[max(0, self.start - _NEAR) : self.start]
        return before.rstrip(WORDLY + ".").endswith(("&", ",")) and _asked(before) is not None

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


def _connects(clause: str) -> bool:
    name, sign, _ = clause.rpartition("=")
    return bool(sign) and name.rstrip().lower().endswith(_CONNECTING) and _clause(clause) is not None


def is_password(field: Field) -> bool:  # noqa: PLR0911  # one return a case reads best
    """Whether what follows a word for a password is one."""
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
            field.mixed
            or _special(value) is not None
            or field.lone
            or value.lower() in _COMMON
            or (size >= 6 and value.isdigit())  # what most people choose
        )
        return size >= 4 and (odd or field.connects or field.asked)
    if field.flagged or " is " in field.gap:
        return size >= 6 and (field.mixed or _special(value) is not None or value != value.lower())
    return field.mixed and size >= 6 and "/" not in value and field.gap.endswith((" ", "\t"))


def is_token(field: Field) -> bool:  # noqa: PLR0911  # one return a case reads best
    """Whether what follows another telling word is a token or a key."""
    word, value, size = field.word, field.value, len(field.value)
    if is_harmless(field.name) or (_path(value) and not is_random(value)):
        return False
    if (word == "auth" and field.called) or (word == "api" and not _name_like(value)):
        return False
    if field.scheme and not field.gap:
        return size >= 8
    if "aws" in field.name.lower() and _aws_secret(field.name):
        return _forty(value) is not None
    strong, tight = says_secret(field.name), not field.gap or field.flagged
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
        and size >= (6 if word == "secret" else 10 if field.mixed else JUDGED_MAX + 1)
        and field.lone
    ):
        return True
    if word in {"salt", "nonce"} and field.quoted and field.mixed and size >= 8:
        return True
    if _token_run(value) is None:
        return False
    of_a_service = names_a_provider(field.text, field.start)
    if tight and strong and of_a_service and field.mixed and size >= 8:
        return True
    return _is_key(
        value,
        strong=strong or of_a_service,
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
