"""Where a call would connect to: hosts, schemes and ports of its URLs, and what kind of address each host is.

Names are not looked up: judging makes no connection. A guard at the door of the network pins what a name
resolves to; here the address that is written is judged, in every spelling that a client would accept.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from holdfast.action import Contract
from holdfast.decision.projectors.mail import domain_of
from holdfast.decision.projectors.texts import UNREADABLE, named_texts

PORTS: Final = {"http": 80, "https": 443, "ws": 80, "wss": 443, "ftp": 21, "ssh": 22, "sftp": 22}
NO_PORT: Final = -1
METADATA: Final = frozenset(
    {
        "169.254.169.254",
        "169.254.170.2",
        "169.254.170.23",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
        "fd00:ec2::254",
        "fd00:ec2::23",
        "metadata",
        "metadata.goog",
        "metadata.google.internal",
        "instance-data",
        "instance-data.ec2.internal",
    }
)
"""Where clouds hand out credentials to whoever asks."""
INSIDE: Final = (".local", ".internal", ".lan", ".home", ".corp", ".intranet", ".localdomain", ".home.arpa")
REBINDING: Final = (".nip.io", ".sslip.io", ".xip.io", ".localtest.me", ".lvh.me", ".vcap.me")
"""Public names that resolve to an address of the caller's choice, also to one inside."""
URL_ENDINGS: Final = ("url", "uri", "href", "host", "hostname", "endpoint", "webhook", "link")
"""An argument whose name ends so holds a URL or a host, even without a scheme."""
NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")

_url = re.compile(
    r"(?:[a-z][a-z0-9+.-]{1,20}:[\\/]{2}|(?:https?|wss?|ftp):)[\\/]{0,8}[^\s\"'<>]{1,2048}", re.IGNORECASE
)
_scheme = re.compile(r"([a-z][a-z0-9+.-]{1,20}):[\\/]*", re.IGNORECASE)
_authority = re.compile(r"[^/?#\\]*")
_number = re.compile(r"0x[0-9a-f]*|[0-9]+").fullmatch


class Place(NamedTuple):
    """What a URL connects to."""

    scheme: str
    host: str
    port: int


def url_hosts(arguments: Mapping[str, Any], contract: Contract) -> frozenset[str]:
    """Hosts of every URL anywhere in the arguments, in one spelling; `?` is one that cannot be read."""
    del contract
    return frozenset(place.host for place in _places(arguments))


def url_schemes(arguments: Mapping[str, Any], contract: Contract) -> frozenset[str]:
    """Schemes of every URL, lower case; empty for a host that stands without one."""
    del contract
    return frozenset(place.scheme for place in _places(arguments))


def url_ports(arguments: Mapping[str, Any], contract: Contract) -> frozenset[int]:
    """Ports of every URL, also those that the scheme implies; -1 where nothing says which."""
    del contract
    return frozenset(place.port for place in _places(arguments))


def address_classes(arguments: Mapping[str, Any], contract: Contract) -> frozenset[str]:
    """What kind of address every host is.

    `name` (looked up later), `public`, `private`, `loopback`, `link-local`, `metadata`, `reserved`,
    `unknown`.
    """
    del contract
    return frozenset(address_class(place.host) for place in _places(arguments))


@lru_cache(4_096)
def address_class(host: str) -> str:
    """What kind of address a host is."""
    if host == UNREADABLE:
        return "unknown"
    if host in METADATA:
        return "metadata"
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return _class_of_name(host)
    inner = _embedded(address)
    return address_class(str(inner)) if inner is not None else _class_of_address(address)


def host_of(text: str) -> str:
    """One spelling for a host: dotted decimal for every way to write IPv4, `xn--…` beyond ASCII."""
    text = text.rstrip(".").lower()
    if ":" in text:
        return text
    name = domain_of(text)
    last = name.rpartition(".")[2]
    return _ipv4(name) if _number(last) else name


def _places(arguments: Mapping[str, Any]) -> Iterator[Place]:
    for name, text in named_texts(arguments):
        whole = name.endswith(URL_ENDINGS)
        if whole and any(sign < " " for sign in text):
            # A browser drops tabs and line ends inside a URL, others stop at them: who can say where it goes?
            yield Place("", UNREADABLE, NO_PORT)
        elif ":" in text and (found := _url.findall(text)):
            yield from map(_place, found)
        elif whole and text and (text[:2] == "//" or text[0] not in "/?#."):
            yield _bare(text)


@lru_cache(4_096)
def _place(url: str) -> Place:
    match = _scheme.match(url)
    if match is None:
        return Place("", UNREADABLE, NO_PORT)
    scheme, rest = match[1].lower(), url[match.end() :]
    authority = _authority.match(rest)
    assert authority is not None, "the pattern matches everything"
    end = authority.end()
    if rest[end : end + 1] == "\\" and "@" in rest[end:].partition("/")[0]:
        return Place(scheme, UNREADABLE, NO_PORT)  # clients disagree about which side of the @ is the host
    return _read(scheme, authority[0])


def _bare(text: str) -> Place:
    authority = _authority.match(text.lstrip("/"))
    return _read("", authority[0] if authority else "")


def _read(scheme: str, authority: str) -> Place:
    try:
        parts = urlsplit(f"x://{authority}")
        port = parts.port
    except ValueError:
        return Place(scheme, UNREADABLE, NO_PORT)
    host = host_of(parts.hostname or "")
    return Place(scheme, host, PORTS.get(scheme, NO_PORT) if port is None else port)


def _ipv4(name: str) -> str:
    """Dotted decimal of one to four numbers in base 8, 10 or 16, as every C library reads them."""
    parts = name.split(".")
    if len(parts) > 4 or not all(map(_number, parts)):
        return UNREADABLE
    try:
        *heads, last = (_integer(part) for part in parts)
    except ValueError:
        return UNREADABLE
    if any(head > 255 for head in heads) or last >= 256 ** (4 - len(heads)):
        return UNREADABLE
    value = last + sum(head << (24 - 8 * place) for place, head in enumerate(heads))
    return str(ipaddress.IPv4Address(value))


def _integer(text: str) -> int:
    if text.startswith("0x"):
        return int(text[2:] or "0", 16)
    return int(text, 8 if text.startswith("0") and len(text) > 1 else 10)


def _embedded(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 address leads to."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    found = address.ipv4_mapped or address.sixtofour
    if found is None and address.teredo is not None:
        found = address.teredo[1]
    low = int(address)
    if found is None and (address in NAT64 or (0xFFFF < low < 1 << 32)):
        found = ipaddress.IPv4Address(low & 0xFFFF_FFFF)
    return found


def _class_of_address(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    if address.is_loopback or address.is_unspecified:
        return "loopback"
    if address.is_link_local:
        return "link-local"
    if address.is_multicast or address.is_reserved:
        return "reserved"
    return "public" if address.is_global else "private"


def _class_of_name(host: str) -> str:
    if host == "localhost" or host.endswith(".localhost"):
        return "loopback"
    if "." not in host or host.endswith(INSIDE) or f".{host}".endswith(REBINDING):
        return "private"
    return "name"
