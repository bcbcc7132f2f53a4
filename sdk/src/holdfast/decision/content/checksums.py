"""Check digits: what tells a number that was issued from one that merely looks like it."""

from __future__ import annotations

import hashlib
import zlib
from typing import Final

_BASE62: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BASE58: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32: Final = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_BECH32_STEPS: Final = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_BECH32_ENDS: Final = frozenset((1, 0x2BC830A3))
"""What the checksum of a bech32 and of a bech32m address leaves (BIP 173, BIP 350)."""
_LUHN_DOUBLED: Final = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def luhn(digits: str) -> bool:
    """ISO/IEC 7812-1, annex B: payment cards, IMEI, Canadian SIN."""
    total = 0
    for at, digit in enumerate(reversed(digits)):
        value = ord(digit) - 48
        total += _LUHN_DOUBLED[value] if at & 1 else value
    return total % 10 == 0


def iban(code: str) -> bool:
    """ISO 13616: the code with its head moved to the end, read as a number, is 1 modulo 97."""
    return int("".join(str(int(letter, 36)) for letter in code[4:] + code[:4])) % 97 == 1


def nhs(digits: str) -> bool:
    """The NHS number of England: weights 10 down to 2, modulo 11."""
    rest = 11 - sum((10 - at) * int(digit) for at, digit in enumerate(digits[:9])) % 11
    return rest % 11 == int(digits[9]) and rest != 10  # the rule's own number


def aba(digits: str) -> bool:
    """Routing number of a bank in the United States: weights 3, 7, 1, modulo 10."""
    return sum(int(digit) * (3, 7, 1)[at % 3] for at, digit in enumerate(digits)) % 10 == 0


def crc32_base62(token: str) -> bool:
    """Tokens of GitHub and npm: the last six characters are the CRC-32 of those after the prefix."""
    _, _, body = token.partition("_")
    value, digits = zlib.crc32(body[:-6].encode()), ""
    for _ in range(6):
        value, rest = divmod(value, 62)
        digits = _BASE62[rest] + digits
    return digits == body[-6:]


def base58check(address: str) -> bool:
    """Bitcoin addresses of the older kinds: four bytes of a double SHA-256 at the end."""
    number = 0
    for letter in address:
        place = _BASE58.find(letter)
        if place < 0:
            return False
        number = number * 58 + place
    try:
        raw = number.to_bytes(25, "big")
    except OverflowError:
        return False
    return hashlib.sha256(hashlib.sha256(raw[:21]).digest()).digest()[:4] == raw[21:]


def bech32(address: str) -> bool:
    """Bitcoin addresses of the newer kinds."""
    human, _, data = address.lower().rpartition("1")
    values = [ord(letter) >> 5 for letter in human] + [0] + [ord(letter) & 31 for letter in human]
    for letter in data:
        place = _BECH32.find(letter)
        if place < 0:
            return False
        values.append(place)
    state = 1
    for value in values:
        top, state = state >> 25, (state & 0x1FFFFFF) << 5 ^ value
        for at, step in enumerate(_BECH32_STEPS):
            state ^= step if top >> at & 1 else 0
    return state in _BECH32_ENDS
