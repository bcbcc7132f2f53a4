"""Sealing and opening: AES-256-GCM, bound to what a secret is for, so that none can stand in for another."""

from __future__ import annotations

import secrets
from typing import Final

from holdfast_server.access.vault.keyring import ENVIRONMENT, ID_BYTES, Keyring
from holdfast_server.errors import Misconfigured

FORMAT: Final = b"\x01"
NONCE_BYTES: Final = 12
_HEAD: Final = len(FORMAT) + ID_BYTES


class Vault:
    """Seals with the newest key, opens with any it has; without any it can do neither, and says so."""

    def __init__(self, keyring: Keyring | None) -> None:
        self._keyring = keyring

    @property
    def keyring(self) -> Keyring:
        """The keys.

        Raises:
            Misconfigured: there are none.
        """
        if self._keyring is None:
            raise Misconfigured(
                "there is no key to the vault here",
                hint=f"Set {ENVIRONMENT} to the key of the server that stored the secrets.",
            )
        return self._keyring

    def use(self, keyring: Keyring) -> None:
        """Seal and open with these keys from now on."""
        self._keyring = keyring

    def seal(self, secret: str, *, about: str) -> bytes:
        """A secret as it may be stored.

        Args:
            secret: what nobody may read.
            about: what it is for; it opens only for the same.
        """
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        key, nonce = self.keyring.newest, secrets.token_bytes(NONCE_BYTES)
        sealed = AESGCM(key.secret).encrypt(nonce, secret.encode(), about.encode())
        return FORMAT + key.id + nonce + sealed

    def open(self, sealed: bytes, *, about: str) -> str:
        """The secret that was sealed for this.

        Raises:
            Misconfigured: it was sealed with a key that is not here, or it was changed since.
        """
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        key = self.keyring.find(sealed[len(FORMAT) : _HEAD])
        if key is None or not sealed.startswith(FORMAT):
            raise Misconfigured(
                f"the secret of {about} was sealed with the vault key {sealed[len(FORMAT) : _HEAD].hex()},"
                f" which is not here",
                hint=f"Add that key to {ENVIRONMENT} or to the key file, or store the secret again.",
            )
        nonce, rest = sealed[_HEAD : _HEAD + NONCE_BYTES], sealed[_HEAD + NONCE_BYTES :]
        try:
            return AESGCM(key.secret).decrypt(nonce, rest, about.encode()).decode()
        except InvalidTag as error:
            raise Misconfigured(
                f"the secret of {about} does not open: it was changed since it was sealed",
                hint="Store the secret again.",
            ) from error
