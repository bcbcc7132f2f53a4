"""Passwords that commands and devices are given, and lines of files that hold nothing but a login."""

from __future__ import annotations

import re
from typing import Final

from holdfast.decision.content.place import Place, mixed, no_dummy, not_made_up

_curl = re.compile(
    r"\s(?:-u|--user|-U)[ =]?(?P<q>[\"']?)(?:[^\s\"':${]{1,128}:(?P<value>[^\s\"']{3,256})"
    r"|(?P<user>[^\s\"':${]{8,128}):)(?P=q)"
    r"|\s(?:-u|--user)[ =]?\"[^\s\"'$]{2,128}\":\"\{?(?P<joined>[^\s\"'${}]{4,256})\}?\""
)
_command = re.compile(
    r"\s(?:-u|/u(?:ser)?:?|-username|--username|--user|-U)[ =]?"
    r"(?:\"[^\"\n]{1,128}\"|[\"']?[^\s\"']{1,128}[\"']?)\s{1,4}"
    r"(?:-p|--password|/p(?:assword)?:?)[ =]?"
    r"(?P<q>[\"']?)(?P<value>[^\s\"'$]{4,256})(?P=q)"
)
_option = re.compile(
    r"(?:\bsshpass\s{1,4}-p|\bldap\w{3,8}(?=[^\n]{0,300}\s-D\s)[^\n]{0,300}?\s-w"
    r"|\bredis-cli\b[^\n]{0,200}?\s-a|\b(?:un)?zip\s[^\n]{0,80}?-P|\b7za?\s[^\n]{0,80}?\s-p"
    r"|\brabbitmqctl\s{1,4}(?:add_user|change_password)\s{1,4}[^\s]{1,64}\s"
    r"|\bhtpasswd\s{1,4}-\w{0,4}b\w{0,4}\s{1,4}[^\s]{1,128}\s{1,4}[^\s]{1,64}\s"
    r"|\bvault login\s(?!-)|\bnet user\s{1,4}[^\s/]{1,64}\s(?!/)|\bopenssl enc\s[^\n]{0,120}?\s-k)\s{0,4}"
    r"(?P<q>[\"']?)(?P<value>[^\s\"'$/-][^\s\"'$]{3,128})(?P=q)(?=\s|\Z)"
    r"|\bsmbclient\s[^\n]{0,200}?-U\s{0,4}[^\s%]{1,64}%(?P<share>[^\s\"'$]{4,128})"
    r"|\bnet use\s[^\n]{0,120}/user:[^\s]{1,64}\s{1,4}(?P<drive>[^\s/\"'$%]{4,64})"
    r"|\bsqlplus\s[^\n]{0,40}?\b\w{1,64}/(?P<schema>[^\s@/\"'$]{4,64})(?=@|\s|\Z)"
    r"|\bhttps? -a\s{1,4}[^\s:]{1,64}:(?P<basic>[^\s\"'$]{4,128})"
)
_piped = re.compile(
    r"\becho\s{1,4}(?:-n\s)?[\"']?(?P<value>[^\s\"'$|]{4,128})[\"']?\s{0,4}\|"
    r"[^\n|]{0,120}?(?:--password-stdin|\bsudo\s{1,4}-S)\b"
)
_device = re.compile(
    r"\b(?:snmp-server community|(?:tacacs|radius)-server key|isakmp key|masterauth"
    r"|username [^\s]{1,64} (?:privilege \d{1,2} )?(?:password|secret))"
    r"(?: [05789])? (?P<value>[^\s\"'<$]{4,128})",
    re.IGNORECASE,
)
_pgpass = re.compile(
    r"(?m)^[\w.*-]{1,128}:(?:\d{2,5}|\*):[\w*-]{1,64}:[\w*.-]{1,64}:(?P<value>[^\s:$<]{4,128})$"
)

PLACES: Final = (
    Place(frozenset(("curl",)), _curl, "login", 0.8, "secret/login", no_dummy, (256, 2048)),
    Place(frozenset((" -p", " --p", " /p")), _command, "login", 0.8, "secret/login", not_made_up,
        (160, 288)),
    Place(
        frozenset(
            ("sshpass", "ldap", "net use", "redis-cli", "smbclient", "zip -", "7z ", "7za ", "rabbitmqctl",
             "htpasswd", "vault login", "net user", "openssl enc", "sqlplus", "http -a", "https -a")
        ),
        _option, "login", 0.8, "secret/login", not_made_up, (2, 832),
    ),
    Place(frozenset(("-stdin", "sudo -s")), _piped, "login", 0.8, "secret/login", not_made_up, (288, 20)),
    Place(
        frozenset(("snmp-server", "s-server key", "isakmp key", "masterauth", " password 0 ", " password 7 ",
                   " secret 0 ", " secret 5 ", " secret 8 ", " secret 9 ")),
        _device, "login", 0.8, "secret/login", mixed, (96, 224),
    ),
    Place(frozenset((":5432:", ":*:")), _pgpass, "login", 0.8, "secret/login", not_made_up,
        (272, 272)),
)  # fmt: skip
