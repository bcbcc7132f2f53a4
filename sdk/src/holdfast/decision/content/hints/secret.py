"""Where a secret could be: heads of keys, telling names with a value behind them, places for logins."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from holdfast.decision.content import logins, spoken
from holdfast.decision.content.finding import Family
from holdfast.decision.content.format_table import HEADED, SEARCHED
from holdfast.decision.content.hints.hint import Hint
from holdfast.decision.content.hints.loosening import loosen
from holdfast.decision.content.provider_names import NAMES
from holdfast.decision.content.signs import PLAIN

NAMES_MAX: Final = 200
"""An automaton takes no pattern of any length."""
_PLAIN: Final = r"[^\s\"'`,;<>(){}\[\]|\\]"
"""A character of a value without quotes."""
_OPEN: Final = r"(?:\\+\"|[\"'`]|&quot;)"
_PASSWORD: Final = (
    r"(?:pass|pasw|paasw|pwd|pw|p/w|psw|psk|identified|securestring)"  # noqa: S105  # the words for one
    r"(?:[_ -]?w(?:or)?d|[ -]phrase|wort|e|wrd|word|wrsd|worsd|ord|rord|phrase|code|d|rd|words)?"
    r"(?:[_-]?(?:[0-9]{1,4}|value|prod|dev|test|hash|confirmation))?"
)
_FIRM: Final = (
    "secret",
    "token",
    "key",
    "auth",
    "cred",
    "private",
    "access",
    "bearer",
    "basic",
    "unseal",
    "crumb",
)
_SIGNED: Final = (*_FIRM, "salt", "nonce", "login", "api")
_TAIL: Final = (
    r"(?:orization|entication|ential|entials)?"
    r"(?:[_ -]?(?:[0-9]{1,4}|value|prod|dev|test|live|primary|secondary))?"
)
_TOKEN: Final = rf"(?:{'|'.join(_FIRM)}){_TAIL}"
_GAP: Final = (
    r"(?:(?:[\"'`]?[ \t]|\\t)+"
    r"(?:is:? |was |(?:set |changed |reset )?to |by |-string |-force |-asplaintext )*|[-._:/]{1,2})"
)
_SCHEME: Final = r"(?:\\?[\"'`]?(?:bearer|basic|token|ssws|apikey|base64|\[\]byte\{)[ \t:]*)?"
_SAID: Final = r"(?:\\?[\"'`]?[a-z-]*(?:key|token|oauth|bot|splunk|negotiate|ntlm|client-id) )?"
_SIGN: Final = (
    r"(?:[\\\"'`\])*]|&quot;|\[[\"']?\w*[\"']?\]|</(?:b|strong|code)>|[ ]?\([\w /.?-]+\)"
    r"|\.(?:value|default))*"
    rf"(?:[ \t?]|&nbsp;)*(?:\??: ?[\w<>&'?\[\]| ]+=|(?:string|\[\]byte) =|{loosen(PLAIN)})[\s?]*"
    r"(?:[*!|>+-]|</(?:b|strong)>|&nbsp;|(?:new )?[\w.$:?]*[(\[]|[\w.$?]+ (?:\|\||\?\?|or) )?[\s?]*[burfln@]?"
)
"""A sign, its surroundings wider than `signs` has them: what is exact there is too large for an automaton."""
_SIGNS: Final = r"[\w+/=.~%-]"
_KEY_LIKE: Final = "|".join(
    (
        *(_SIGNS * at + "[0-9]" + _SIGNS * (10 - at) for at in range(11)),
        f"{_SIGNS}{{11,}}[0-9]",
        f"{_SIGNS}{{20}}",
    )
)
"""Eleven characters, the least a key behind a name has; with a digit, or so many that none is needed."""


def hints() -> Iterator[Hint]:
    """Of everything in `secrets.secrets`."""
    for kind, heads, body in HEADED:
        either = "|".join(map(re.escape, heads.split()))
        yield _cased(
            _DOTTED if kind == "discord-token" else f"(?:{either})(?:{loosen(body, ascii_only=True)})"
        )
    for _, _, body in SEARCHED:
        yield _cased(loosen(body, ascii_only=True))
    yield from map(_cased, (*_SIZED, *_PLACES))
    yield from map(_caseless, (*_fields(), *_literals()))
    yield from _providers()
    yield from (Hint(Family.SECRET, re.escape(word), wide=True) for word in spoken.FOREIGN)


_DOTTED: Final = r"[\w-]{24}\.[\w-]{6}\.[\w-]{27}"
"""A token of Discord by its dots: its heads are two letters that all prose holds."""
_SIZED: Final = (
    r"11[0-9a-f]{32}",
    r"[0-9a-fx]{31}[0-9a-fx]{0,5}NRAL",
    r"(?:[MNO][ADQTgjwz][AEIMQUYcgk][012345wxyz]){4}O[\w-]{27}",
    r"[0-9a-f]{32}-[0-9a-f]{8}-[0-9a-f]{8}",
    r"[a-z2-7]{52}",
    r"[0-9]{1,3}-[A-Za-z0-9]{64}",
    r"[0-9]{12,18}(?:\||%7C)[\w-]{24}",
    r"[A-Za-z0-9+/]{62}",  # a line of a key, with two signs that fill it up
    # Or a scrap of one that is all of the text, perhaps behind the time of a log.
    (
        r"\A(?:#[\d?]+ [\d?]+\.[\d?]+ |[\d?]{4}-[\d?]{2}-[\d?]{2}[ T][\d?:]{8}[\w?.:+-]* )?"
        r"[\s?\"'*#+/|>-]{0,16}[A-Za-z0-9+/]{40}"
    ),
)
"""What `formats` and `secrets` know by its length."""

_PLACES: Final = (
    r"://[^\s/:\"'<>]*:[^\s/\"'<>]+@",
    r"[\s?]-(?:u|U|-user)[ =]?[\"']?[^\s\"':$]+[\"']?:",
    r"[\s?](?:-u|/u|-U|--?user)[\s\S]+[\s?][-/]p",
    r"[\s?]--user[\s\S]+[\s?]--password",
    r"(?:Credentials?|DirectoryEntry|PasswordAuthentication|getConnection|_connect)\(",
    r"(?:BasicAuth|auth=|\.login|bind_s|new PDO|new mysqli|cookieParser|cookieSession|\.auth|createHmac)\(",
    r"hmac\.new\(",
    r"://[\w?-]{20}[\w?-]*@",
)


def _literals() -> Iterator[str]:
    """Words that are rare enough by themselves."""
    yield "private key"
    yield (
        r"(?:creds?|credentials?|logins?|account)[\s?]*(?:are[\s?]|is[\s?]|[:=])?[\s?]*[\"'`]?[\w?.@+-]+"
        r"[\"'`]?[\s?]?[:/]"
    )
    yield r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?::[0-9]+)?[\s?,/(:]+(?:id: )?(?:root|admin(?:istrator)?)[\s?,/:]"
    yield r"(?:mnemonic|phrase)s?[\"']?(?: is)?[\s?]*[:=]*[\s?]*[\"'`]?(?:[a-z]{3,8}[ ,]+){8}"
    yield from (re.escape(mark) for mark in logins.MARKS if mark not in _NARROWED)


_NARROWED: Final = frozenset(
    (
        "://",
        "curl",
        " -p",
        " --p",
        " /p",
        "creds",
        "credential",
        "login",
        "account:",
        "account=",
        "account :",
        "account =",
        "root",
        "admin",
        "mnemonic",
        "phrase",
    )
).union(mark for mark in logins.MARKS if mark.endswith("(") and not mark.startswith("jwt"))
"""Marks for which one of the patterns stands instead, because prose or code is full of them."""


def _fields() -> Iterator[str]:
    """What `fields.in_fields` reads: a value that may do must stand behind the word."""
    named = rf"(?:{_PASSWORD}|(?:{'|'.join(_SIGNED)}){_TAIL})"
    yield rf"{_PASSWORD}{_SIGN}{_SAID}{_SCHEME}(?:{_OPEN}|{_PLAIN}{{4}})"
    yield rf"(?:{'|'.join(_SIGNED)}){_TAIL}{_SIGN}{_SAID}{_SCHEME}(?:{_OPEN}|{_PLAIN}{{8}})"
    yield rf"{named}[\s\S]*(?:value|default|secure|[\"']S)[\"']?[\s?]*[:=]"
    yield rf"{named}(?:[\s?][\w:?-]+=[^\n>]*)?(?:[\"']?>|:?</t[dh]>)"
    yield rf"(?:{'|'.join((*_FIRM, 'pass'))})\w+{_SIGN}(?:{_OPEN})?{_SIGNS}{{24}}"
    yield rf"{_PASSWORD}{_GAP}{_SCHEME}(?:{_OPEN}[^\s\"'`]{{4}}|{_PLAIN}*[0-9])"
    # A command's option, or what is said to be one, may be any word.
    yield rf"(?:-[\w.$?&-]*{_PASSWORD}|identified|securestring){_GAP}{_SCHEME}{_PLAIN}{{6}}"
    yield rf"{_PASSWORD}[\s\"'`]+is {_SCHEME}{_PLAIN}{{6}}"
    yield rf"(?:user(?:_?name)?|login|uid)[\"']?[\s?]*[:= ][^\n]+\n[\s\S]*{_PASSWORD}{_GAP}"
    yield rf"{_TOKEN}{_GAP}{_SCHEME}(?:{_OPEN}[^\s\"'`]|{_PLAIN}{{12}})"
    yield rf"-[\w.$?&-]*{_TOKEN}{_GAP}{_SCHEME}{_PLAIN}{{8}}"
    yield (
        r"(?:key|secret|salt|nonce|token|pass|pwd|private)[\w?]*(?:\[[\w?]*\])?[\s?]*(?::?=|:)?[\s?]*"
        r"(?:(?:new )?(?:\[\]byte|byte\[\]|bytes?|bytearray))?[\s?]?[({\[]+"
        r"(?:[\s?]*(?:0x[0-9a-f]+|[\d?]+)[\s?]*,){7}"
    )


def _providers() -> Iterator[Hint]:
    """What `providers.after_names` reads: the name of a service, and a value that may be a key."""
    names = sorted(NAMES)
    for at in range(0, len(names), NAMES_MAX):
        either = "|".join(names[at : at + NAMES_MAX])
        yield Hint(Family.SECRET, f"(?:{either})", caseless=True, also=_KEY_LIKE)


def _cased(pattern: str) -> Hint:
    return Hint(Family.SECRET, pattern)


def _caseless(pattern: str) -> Hint:
    return Hint(Family.SECRET, pattern, caseless=True)
