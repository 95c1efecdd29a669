"""Password hashing with Argon2id, for people's sign-in only.

It takes tenths of a second on purpose; credentials of machines are random already and never come here.
"""

from __future__ import annotations

import os
import unicodedata
from functools import cached_property
from threading import BoundedSemaphore
from typing import Final

import argon2

from leadintake.domain.errors import Unavailable

_AT_ONCE: Final = 4
"""Each takes 64 MiB, a processor for a tenth of a second, and one of the places that leads are taken in at."""
_BUSY: Final = "Too many people are signing in just now; try again in a moment."


class Argon2Passwords:
    """`PasswordHasher` with the parameters that argon2-cffi recommends."""

    def __init__(self, hasher: argon2.PasswordHasher | None = None) -> None:
        """Take other parameters for machines that cannot spare 64 MiB a sign-in, and for tests."""
        self._hasher = hasher or argon2.PasswordHasher()
        self._places = BoundedSemaphore(_AT_ONCE)

    def hash(self, password: str) -> str:
        """Return a salted hash in the PHC format."""
        return self._hasher.hash(_encoded(password))

    def verify(self, hashed: str | None, password: str) -> bool:
        """Say whether the password matches; text that is no Argon2 hash matches none.

        Raises: Unavailable: as many are being looked at as may be at once; who waited would keep leads waiting.
        """
        if not self._places.acquire(blocking=False):
            raise Unavailable(_BUSY)
        try:
            # Made whoever asks first: the time it takes must not tell that there is no such user.
            decoy = self._decoy
            self._hasher.verify(decoy if hashed is None else hashed, _encoded(password))
        except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError, UnicodeEncodeError):
            return False
        else:
            return hashed is not None
        finally:
            self._places.release()

    def needs_rehash(self, hashed: str) -> bool:
        """Say whether the hash was made with other parameters than today's; ask after a good sign-in."""
        return self._hasher.check_needs_rehash(hashed)

    @cached_property
    def _decoy(self) -> str:
        """Return a hash that costs what the others cost and that no password is known for."""
        return self._hasher.hash(os.urandom(16))


def cheap_passwords() -> Argon2Passwords:
    """Return hashing that takes no time, for installations that guard nothing: those of tests."""
    return Argon2Passwords(argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


def _encoded(password: str) -> bytes:
    """Return the same bytes for the same password, whichever keyboard composes its accents.

    Lone surrogates, which a form can carry, must not crash a sign-in.
    Source: NIST SP 800-63B, section 5.1.1.2.
    """
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
