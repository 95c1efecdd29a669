"""Spans: which sums over longer and shorter spans a time is put together from.

A span is a number of quarters of an hour, counted from the first of 1970; each is a multiple of the next shorter one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator


class SignedRange(NamedTuple):
    """Sums over spans of one length from one quarter to another, which are added, or taken away: 1 or -1."""

    span: int
    low: int
    high: int
    sign: int

    def spans(self) -> Iterator[tuple[int, int]]:
        """Yield where each span in it begins and ends."""
        for low in range(self.low, self.high, self.span):
            yield low, low + self.span


def ranges_summed(spans: tuple[int, ...], begin: int, end: int, sign: int = 1) -> list[SignedRange]:
    """Return which sums make up those of a time, in the fewest rows.

    Of a long span that stands out a little over the time, what is too much is taken away: a day of New York is one of
    UTC, less five hours, and five hours more. So at most half of a span is read in shorter ones at either end.

    Args:
        spans: Lengths to choose from, the longest first; the last is one quarter.
        begin: The first quarter of the time.
        end: The first one after it.
        sign: Whether all of it is added or taken away.
    """
    if begin >= end:
        return []
    span, shorter = spans[0], spans[1:]
    # A half is rather added than taken away.
    low, high = (begin + span // 2) // span * span, (end + (span - 1) // 2) // span * span
    if shorter and (low >= high or abs(begin - low) + abs(end - high) >= end - begin):
        return ranges_summed(shorter, begin, end, sign)
    return [
        SignedRange(span, low, high, sign),
        *ranges_summed(shorter, min(begin, low), max(begin, low), sign if begin < low else -sign),
        *ranges_summed(shorter, min(end, high), max(end, high), sign if high < end else -sign),
    ]


def ranges_within(spans: tuple[int, ...], begin: int, end: int) -> list[tuple[int, int, int]]:
    """Return what lies within a time, by span, first quarter and the first one after: the longest spans that fit."""
    if begin >= end:
        return []
    span, shorter = spans[0], spans[1:]
    low, high = -(-begin // span) * span, end // span * span
    if low >= high:
        return ranges_within(shorter, begin, end)
    return [(span, low, high), *ranges_within(shorter, begin, low), *ranges_within(shorter, high, end)]
