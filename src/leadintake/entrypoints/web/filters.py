"""Filters of lists in the address, so that what somebody sees can be sent to somebody else as a link."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from flask import request, url_for

from leadintake.domain.errors import InvalidParameter
from leadintake.domain.lead import LeadStatus
from leadintake.domain.owner import OwnerKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

AMONG: Final = 10_000
"""So many rows are looked at for one page of a list: some tens of milliseconds."""
ANY: Final = "any"
_MOST_CHARS: Final = 1_000


def given(*names: str) -> dict[str, str]:
    """Return those of these filters that the address has, without the blanks around them."""
    return {name: text.strip() for name in names if (text := request.args.get(name, "")[:_MOST_CHARS]).strip()}


def as_api(filters: Mapping[str, str], *, time: str) -> list[tuple[str, str]]:
    """Return the filters of a page as those of the company API: one vocabulary, read by one schema.

    Args:
        filters: What is given: `owner` as ``schedule:1``, `from` and `to` as days, both inclusive.
        time: What the moments are called in that list.

    Raises: InvalidParameter: naming the filter.
    """
    found: list[tuple[str, str]] = []
    errors: dict[str, Sequence[str]] = {}
    for name, text in filters.items():
        try:
            found += _READ[name](text, time) if name in _READ else [(name, text)]
        except ValueError:
            errors[name] = ["is no day: write it as 2030-01-31" if name in {"from", "to"} else "is none of these"]
    if errors:
        raise InvalidParameter(errors=errors)
    return found


def link(endpoint: str, filters: Mapping[str, str], **others: str | None) -> str:
    """Return the address of the list with these filters, save for the others; None leaves one out."""
    given_now = [(name, text) for name, text in {**filters, **others}.items() if text]
    # Not by `url_for`, which has meanings of its own for some names.
    return url_for(endpoint) + (f"?{urlencode(given_now)}" if given_now else "")


def _owner(text: str, _time: str) -> list[tuple[str, str]]:
    kind, _, number = text.partition(":")
    return [(f"{OwnerKind(kind)}_id", number)]


def _search(text: str, _time: str) -> list[tuple[str, str]]:
    return [("email" if "@" in text else "caller_id", text)]


def _status(text: str, _time: str) -> list[tuple[str, str]]:
    return [("status", ",".join(LeadStatus) if text == ANY else text)]


def _from(text: str, time: str) -> list[tuple[str, str]]:
    return [(f"{time}_from", f"{date.fromisoformat(text)}T00:00:00")]


def _to(text: str, time: str) -> list[tuple[str, str]]:
    day = date.fromisoformat(text)
    # The last of all days has none after it, and nothing comes that late.
    return [] if day == date.max else [(f"{time}_to", f"{day + timedelta(days=1)}T00:00:00")]


_READ: Final[Mapping[str, Callable[[str, str], list[tuple[str, str]]]]] = {
    "owner": _owner,
    "q": _search,
    "status": _status,
    "from": _from,
    "to": _to,
}
