"""The leads of a list as a file for spreadsheets: all that match, or none and the reason."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING, Any, Final

import orjson

from leadintake.domain.errors import InvalidParameter
from leadintake.domain.owner import OwnerKind
from leadintake.domain.phone import country_of
from leadintake.entrypoints.api.context import services
from leadintake.entrypoints.spreadsheets import comma_separated, harmless
from leadintake.entrypoints.web.filters import AMONG

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from leadintake.domain.lead import Lead
    from leadintake.domain.use_cases.read_leads import ListLeads
    from leadintake.entrypoints.web.names import Names

MOST_LEADS: Final = 50_000
"""As many lines as a file has at most: some tens of megabytes, and seconds."""
MOST_LOOKED_AT: Final = 1_000_000
MOST_TOKEN_COLUMNS: Final = 100
COLUMNS: Final = (
    "lead_id", "caller_id", "country", "status", "owner_kind", "owner_id", "owner_name", "traffic_source_id",
    "traffic_source_name", "sub_id", "email", "created_at", "updated_at", "next_action_at", "expires_at",
)  # fmt: skip
OTHER_TOKENS: Final = "other_tokens"


def all_leads(wanted: ListLeads) -> Sequence[Lead]:
    """Return all leads that match, newest first, each as it is when its part of them is read.

    Raises: InvalidParameter: they are too many, or too many would have to be looked at; nothing is left out silently.
    """
    found: list[Lead] = []
    wanted = replace(wanted, page=1, per_page=AMONG, among=AMONG)
    for _ in range(MOST_LOOKED_AT // AMONG):
        listed = services().list_leads(wanted)
        found += listed.leads
        if len(found) > MOST_LEADS:
            raise InvalidParameter(errors={"from": [f"a file has at most {MOST_LEADS:,} leads: choose fewer days"]})
        following = listed.next or listed.until
        if following is None:
            return found
        wanted = replace(wanted, after=following)
    message = f"a file is made of at most {MOST_LOOKED_AT:,} leads that are looked at: choose fewer days"
    raise InvalidParameter(errors={"from": [message]})


def as_csv(leads: Sequence[Lead], names: Names) -> str:
    """Return these leads, a line each, with a column for each of the commonest lead tokens and one for all others."""
    counts = Counter(name for lead in leads for name in lead.tokens)
    tokens = sorted(name for name, _ in sorted(counts.items(), key=_commonest)[:MOST_TOKEN_COLUMNS])
    is_wider = len(counts) > len(tokens)
    heading = [*COLUMNS, *(f"token:{name}" for name in tokens), *([OTHER_TOKENS] if is_wider else [])]
    return comma_separated([heading, *(_line(lead, names, tokens, is_wider=is_wider) for lead in leads)])


def _commonest(counted: tuple[str, int]) -> tuple[int, str]:
    return -counted[1], counted[0]


def _line(lead: Lead, names: Names, tokens: Sequence[str], *, is_wider: bool) -> list[Any]:
    source_id = lead.attribution.traffic_source_id
    source = None if source_id is None else names.directory.traffic_sources.get(source_id)
    told = [
        str(lead.id),
        # A plus and digits: no formula that could do anything, and a number that other programs know.
        lead.caller.e164,
        country_of(lead.caller),
        lead.status.value,
        OwnerKind(lead.owner.kind).value,
        lead.owner.id,
        harmless(names.owner(lead.owner)),
        source_id,
        None if source is None else harmless(source.name),
        harmless(lead.attribution.sub_id),
        harmless(lead.email),
        *map(_instant, (lead.created_at, lead.updated_at, lead.next_action_at, lead.expires_at)),
        *(harmless(lead.tokens.get(name)) for name in tokens),
    ]
    if is_wider:
        shown = set(tokens)
        others = {name: text for name, text in lead.tokens.items() if name not in shown}
        told.append(orjson.dumps(others).decode() if others else None)
    return told


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
