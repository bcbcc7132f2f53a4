"""Passwords that sentences tell, in some languages, and the words that a wallet is made of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from holdfast.decision.content.finding import Family, Finding
from holdfast.decision.content.place import Place, anything, mixed, not_made_up
from holdfast.decision.content.shapes import is_made_up

_told = re.compile(
    r"password (?:for|of) (?:the )?user [\"'`][^\"'`\n]{1,64}[\"'`] is "
    r"[\"'`](?P<value>[^\"'`\s]{4,64})[\"'`]",
    re.IGNORECASE,
)
_told_plainly = re.compile(
    r"password (?:for|of) [^\n:]{1,64}?(?: is |: ?)[\"'`]?(?P<value>[^\s\"'`<>{}$]{6,64}[^\s\"'`<>{}$.,;])",
    re.IGNORECASE,
)
_pair = re.compile(
    r"\b(?:id|user|login|account) ?/ ?(?:pw|pwd|pass|password|passwd)\b[\"')]{0,2}\s{0,3}[:=-]?\s{0,3}"
    r"[^\s/\"']{1,64} ?/ ?(?P<value>[^\s/\"'<>]{4,64})",
    re.IGNORECASE,
)
_both = re.compile(
    r"\b(?:creds?|credentials?|logins?|account(?=\s?[:=]))\b\s{0,2}(?:(?:are|is)\s|[:=])?\s{0,3}[\"'`]?"
    r"[\w.@+-]{2,64}[\"'`]?\s?[:/]\s?[\"'`]?(?P<value>[^\s/\"'`<>{}$:,;]{6,64})",
    re.IGNORECASE,
)
_host = re.compile(
    r"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?[\s,/(:]{1,4}(?:id: )?(?:root|admin(?:istrator)?)[\s,/:]{1,4}"
    r"(?P<value>[^\s,/\"'`<>()]{7,64}[^\s,/\"'`<>().;])",
    re.IGNORECASE,
)
_abroad = re.compile(
    r"\b(?:passwort|kennwort|mot de passe|contrase(?:ñ|n|ny)a|clave|senha|wachtwoord|lösenord|hasło|heslo"
    r"|parola|adgangskode|salasana|şifre|jelszó|mật khẩu|kata sandi|lozinka)\b[^\n:=]{0,24}?"
    r"(?:\s?[:=]|\s(?:ist|lautet|est|es|é|är|er|is|on|to|jest|je|adalah|là))\s{1,3}[\"'`]?"
    r"(?P<value>[^\s\"'`<>{}$]{5,64}[^\s\"'`<>{}$.,;])",
    re.IGNORECASE,
)
_wallet = re.compile(
    r"(?:mnemonic|(?:seed|recovery|backup)[ _-]?phrase)s?[\"']?(?: is)?\s{0,3}[:=]{0,2}\s{0,3}[\"'`]?"
    r"(?P<value>(?:[a-z]{3,8}[ ,]{1,2}){11,23}[a-z]{3,8})\b",
    re.IGNORECASE,
)

FOREIGN: Final = (
    "비밀번호",
    "패스워드",
    "비번",
    "암호",
    "密码",
    "密碼",
    "口令",
    "パスワード",
    "暗証番号",
    "пароль",
    "Пароль",
    "كلمة المرور",
    "كلمة السر",
    "סיסמה",
    "סיסמא",
    "รหัสผ่าน",
    "κωδικός",
    "Κωδικός",
    "पासवर्ड",
)
"""The word for a password in scripts of which no anchor can be made."""
_after_foreign = re.compile(
    r"[\"'\])]?\s{0,3}(?:(?:는|은|は|是|为|為|:|=|\uff1a|/|-)\s{0,3}[\"']?|\s(?=[!-~]{8}))(?P<value>[!-&(-~]{4,64})",
).match

PLACES: Final = (
    Place(frozenset(("password for", "password of")), _told, "password", 0.8, "secret/told", anything),
    Place(frozenset(("password for", "password of")), _told_plainly, "password", 0.7, "secret/told", mixed),
    Place(frozenset(("id/p", "id / p", "user/p", "login/p", "account/p")), _pair, "password", 0.7,
        "secret/told", not_made_up),
    Place(
        frozenset(("creds", "credential", "login", "account:", "account=", "account :", "account =")),
        _both, "password", 0.7, "secret/told", mixed,
    ),
    Place(frozenset(("root", "admin")), _host, "password", 0.7, "secret/told", mixed, (40, 88)),
    Place(
        frozenset(("passwort", "kennwort", "mot de passe", "contrase", "clave", "senha", "wachtwoord",
                   "senord", "has?o", "heslo", "parola", "adgangskode", "salasana", "?ifre", "jelsz",
                   "m?t kh?u", "kata sandi", "lozinka")),
        _abroad, "password", 0.7, "secret/told", mixed, (2, 128),
    ),
    Place(frozenset(("mnemonic", "phrase")), _wallet, "private-key", 0.8, "secret/wallet", anything,
        (9, 272)),
)  # fmt: skip
"""A question mark in a mark stands for a letter beyond Latin-1, as it does in the text that is searched."""


def foreign(text: str) -> Iterator[Finding]:
    """Passwords behind the word for it in other scripts."""
    for word in FOREIGN:  # no anchor can be made of these letters
        if word[0] not in text:  # a letter is found several times as fast as a word
            continue
        at = text.find(word)
        while at >= 0:
            match = _after_foreign(text, at + len(word))
            if match is not None and not match["value"].isalpha() and not is_made_up(match["value"]):
                yield Finding(Family.SECRET, "password", *match.span("value"), 0.7, "secret/told")
            at = text.find(word, at + 1)
