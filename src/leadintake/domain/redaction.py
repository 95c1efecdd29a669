"""Keeping a request's credentials out of everything that is kept of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leadintake.domain.credential import SECRET_PATTERN

if TYPE_CHECKING:
    from collections.abc import Collection

REDACTED: Final = "[redacted]"
"""What is kept in the place of a credential."""

FEWEST_CHARS_TO_LOOK_INSIDE: Final = 8
"""A shorter secret is redacted where it is the whole value only: any text might hold it by chance."""


MOST_SECRETS: Final = 50
"""With more nothing at all is kept: no honest request has so many, and looking for them would take long."""


class Secrets:
    """The credential values of one request; false when there are none.

    >>> Secrets(["lt_topsecret"]).redact("https://example.com/?lead_token=lt_topsecret")
    'https://example.com/?lead_token=[redacted]'
    """

    __slots__ = ("_hides_all", "_inside", "_whole")

    def __init__(self, values: Collection[str] = ()) -> None:
        """Keep the values; blank ones are no secrets."""
        self._whole = frozenset(stripped for value in values if (stripped := value.strip()))
        self._hides_all = len(self._whole) > MOST_SECRETS
        # Longest first: one secret may be the beginning of another, whose rest would stay behind.
        self._inside = sorted(
            (value for value in self._whole if len(value) >= FEWEST_CHARS_TO_LOOK_INSIDE), key=len, reverse=True
        )

    def __bool__(self) -> bool:
        """Say whether there is anything to redact."""
        return bool(self._whole)

    def __contains__(self, text: object) -> bool:
        """Say whether the text is one of them, to the letter."""
        return text in self._whole

    @property
    def are_minted(self) -> bool:
        """Say whether all of them look like our own, and can all be looked for."""
        return not self._hides_all and all(map(SECRET_PATTERN.fullmatch, self._whole))

    def may_be_in(self, text: str) -> bool:
        """Say whether the text could hold one, be it as a part of a word."""
        return self._hides_all or any(value in text for value in self._whole)

    def are_in(self, text: str) -> bool:
        """Say whether the text is a secret or holds one."""
        return self.redact(text) is not text

    def redact(self, text: str) -> str:
        """Return the text without secrets; the very same object when there are none in it."""
        if self._hides_all:
            return REDACTED
        for value in self._inside:
            if value in text:
                text = text.replace(value, REDACTED)
        return REDACTED if text in self._whole or text.strip() in self._whole else text
