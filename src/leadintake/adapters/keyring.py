"""The keys that live outside the database, all derived from the installation's secret key.

Every purpose has a key of its own (HKDF-SHA256), so that nothing made for one is of use to another. Whatever is
sealed names the secret key that opens it, so that a secret key can be replaced while old rows are still read:
the current one seals, the previous ones only open.

    sealed = 01 | key id (4) | nonce (12) | AES-256-GCM ciphertext and tag
"""

from __future__ import annotations

import os
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from leadintake.domain.credential import mint_secret_key, weakness_of_secret_key

if TYPE_CHECKING:
    from collections.abc import Sequence

_SALT: Final = b"leadintake"
_FORMAT: Final = b"\x01"
_KEY_ID_BYTES: Final = 4
_NONCE_BYTES: Final = 12
_BLOCK_BYTES: Final = 64
_HEADER_BYTES: Final = len(_FORMAT) + _KEY_ID_BYTES


class WeakSecretKey(ValueError):
    """The secret key could be guessed."""


class CannotOpen(Exception):
    """What was sealed cannot be read."""


class SecretKeyMismatch(CannotOpen):
    """It was sealed under a secret key that this keyring does not hold."""


class SealBroken(CannotOpen):
    """It was changed after it was sealed, or belongs to another row."""


class Keyring:
    """`Keyring` over one current secret key and any number of previous ones."""

    def __init__(self, current: str, *, previous: Sequence[str] = ()) -> None:
        """Derive the keys.

        Args:
            current: The secret key; blanks and line feeds around it do not count.
            previous: Those it has replaced, newest first; they open and find, but seal nothing.

        Raises: WeakSecretKey: one of them is too short or too regular.
        """
        self._current = _Keys(current)
        every = (self._current, *map(_Keys, previous))
        self._by_id = {keys.id: keys for keys in every}

    @property
    def key_ids(self) -> tuple[str, ...]:
        """Return a public name of each secret key, the current one first; it tells nothing about the key."""
        return tuple(key_id.hex() for key_id in self._by_id)

    def lookup(self, secret: str) -> bytes:
        """Return the keyed digest (32 bytes) under which a credential is stored from now on."""
        return self._current.lookup(secret)

    def lookups(self, secret: str) -> tuple[bytes, ...]:
        """Return the digests under which a credential may be stored already, the current key's first."""
        if len(self._by_id) == 1:
            return (self._current.lookup(secret),)
        return tuple(keys.lookup(secret) for keys in self._by_id.values())

    def digest(self, purpose: str, data: bytes) -> bytes:
        """Return a keyed digest (32 bytes) of the data; digests of different purposes cannot be compared."""
        return self._current.digest(purpose, data)

    def digests(self, purpose: str, data: bytes) -> tuple[bytes, ...]:
        """Return the digest under every secret key, the current one's first."""
        return tuple(keys.digest(purpose, data) for keys in self._by_id.values())

    def is_sealed_anew(self, sealed: bytes) -> bool:
        """Say whether this was sealed under the current key."""
        return sealed[len(_FORMAT) : _HEADER_BYTES] == self._current.id

    def seal(self, secret: str, *, bound_to: bytes) -> bytes:
        """Return the secret encrypted under the current key, never twice the same bytes."""
        return self._current.seal(secret, bound_to=bound_to)

    def open(self, sealed: bytes, *, bound_to: bytes) -> str:
        """Return what was sealed.

        Raises:
            SecretKeyMismatch: no secret key here is the one it was sealed under.
            SealBroken: it was changed, or sealed for another row.
        """
        header = sealed[:_HEADER_BYTES]
        if len(header) < _HEADER_BYTES or not header.startswith(_FORMAT):
            msg = "This is not a sealed secret."
            raise SealBroken(msg)
        keys = self._by_id.get(header[len(_FORMAT) :])
        if keys is None:
            msg = "This was sealed under another LEADINTAKE_SECRET_KEY than the one in use."
            raise SecretKeyMismatch(msg)
        return keys.open(sealed, bound_to=bound_to)


class KeyedHash:
    """HMAC-SHA256 under one key, in half the time of the standard library's, and under its lock.

    `hmac.digest` would let go of the interpreter's lock for a hash of fifty bytes, and under load get it back only when
    another request has had its turn. So both of its hashes are fed with the key once, and copied for each use.
    Source: RFC 2104.
    """

    __slots__ = ("_inner", "_outer")

    def __init__(self, key: bytes) -> None:
        """Take a key of up to 64 bytes."""
        if len(key) > _BLOCK_BYTES:
            msg = f"The key is longer than {_BLOCK_BYTES} bytes."
            raise ValueError(msg)
        block = key.ljust(_BLOCK_BYTES, b"\0")
        self._inner = sha256(bytes(byte ^ 0x36 for byte in block))
        self._outer = sha256(bytes(byte ^ 0x5C for byte in block))

    def digest(self, data: bytes) -> bytes:
        """Return the digest of the data, 32 bytes."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(data)
        outer.update(inner.digest())
        return outer.digest()


class _Keys:
    """What is derived from one secret key."""

    def __init__(self, secret_key: str) -> None:
        """Derive a key for each purpose that is known beforehand."""
        weakness = weakness_of_secret_key(secret_key.strip())
        if weakness is not None:
            msg = f"The secret key {weakness}."
            raise WeakSecretKey(msg)
        self._root = secret_key.strip().encode("utf-8", "surrogatepass")
        self.id: Final = self._derive("key id")[:_KEY_ID_BYTES]
        self._lookup: Final = KeyedHash(self._derive("lookup"))
        self._cipher: Final = AESGCM(self._derive("seal"))
        self._digests: Final[dict[str, KeyedHash]] = {}

    def lookup(self, secret: str) -> bytes:
        """Return the digest of a credential."""
        return self._lookup.digest(secret.encode("utf-8", "surrogatepass"))

    def digest(self, purpose: str, data: bytes) -> bytes:
        """Return the digest of the data for one purpose, deriving that purpose's key at first use."""
        keyed = self._digests.get(purpose)
        if keyed is None:
            # Two threads may both come here; they derive the same key.
            keyed = self._digests[purpose] = KeyedHash(self._derive(f"digest {purpose}"))
        return keyed.digest(data)

    def seal(self, secret: str, *, bound_to: bytes) -> bytes:
        """Return header, nonce and ciphertext."""
        header = _FORMAT + self.id
        nonce = os.urandom(_NONCE_BYTES)
        return header + nonce + self._cipher.encrypt(nonce, secret.encode("utf-8", "surrogatepass"), header + bound_to)

    def open(self, sealed: bytes, *, bound_to: bytes) -> str:
        """Return the plain text of what begins with this key's header."""
        header, rest = sealed[:_HEADER_BYTES], sealed[_HEADER_BYTES:]
        try:
            opened = self._cipher.decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], header + bound_to)
        except (InvalidTag, ValueError) as error:
            # A ValueError is a nonce or a tag that is too short: the end is missing.
            msg = "A sealed secret was changed, or belongs to another row."
            raise SealBroken(msg) from error
        return opened.decode("utf-8", "surrogatepass")

    def _derive(self, purpose: str) -> bytes:
        """Return this secret key's 32 bytes for one purpose."""
        return HKDF(algorithm=SHA256(), length=32, salt=_SALT, info=purpose.encode()).derive(self._root)


def generate_secret_key() -> str:
    """Return a new random secret key, fit for LEADINTAKE_SECRET_KEY."""
    return mint_secret_key(os.urandom)
