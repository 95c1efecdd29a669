"""What an owner's senders copy: samples and addresses that work as they stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from leadintake.entrypoints.api.openapi.examples import CALLER, example_lead
from leadintake.entrypoints.api.openapi.of_owner import described
from leadintake.entrypoints.api.openapi.samples import PLACEHOLDER, samples

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadintake.domain.attribution import TrafficSource
    from leadintake.domain.directory import Directory
    from leadintake.domain.owner import Owner

LEADS: Final = "/api/v1/leads"
EXAMPLE_SUB_ID: Final = "creative-A"
# Label of the tab, name among the samples, Pygments' name of the language.
_TABS: Final = (
    ("Bash & Curl", "curl", "bash"),
    ("PHP", "PHP", "php"),
    ("Javascript", "JavaScript", "javascript"),
    ("Python", "Python", "python"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One tab; `id` is part of its element's name."""

    label: str
    id: str
    language: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerSamples:
    """All that a page shows of how leads are sent to an owner.

    Shape: `by_id` holds the tabs by `Sample.id`; `lead` is what the samples send.
    """

    by_id: Mapping[str, Sample]
    lead: Mapping[str, str]
    leads_url: str
    webhook_url: str
    attributed_url: str


def samples_for(
    directory: Directory,
    owner: Owner,
    *,
    base_url: str,
    lead_token: str = PLACEHOLDER,
    publishable: str = PLACEHOLDER,
    source: TrafficSource | None = None,
) -> OwnerSamples:
    """Return the samples of an owner.

    Args:
        directory: What its company has set up.
        owner: Whose intake.
        base_url: Where the reader reaches this installation.
        lead_token: What stands in its place where only servers see it.
        publishable: What stands in its place where everybody sees it.
        source: Which traffic source the address with one names; the company's first unless given.
    """
    url = f"{base_url}{LEADS}"
    lead = example_lead(described(directory, owner), region=directory.company.region)
    texts = samples(url, lead, lead_token=lead_token)
    texts["JavaScript"] = samples(url, lead, lead_token=publishable)["JavaScript"]
    named = source or next(iter(directory.traffic_sources.values()), None)
    attribution = {"traffic_source_id": str(named.id)} if named else {}
    return OwnerSamples(
        by_id={
            name.lower(): Sample(label=label, id=name.lower(), language=language, text=texts[name])
            for label, name, language in _TABS
        },
        lead=lead,
        leads_url=url,
        webhook_url=_with(url, lead_token=lead_token),
        attributed_url=_with(url, lead_token=lead_token, caller_id=CALLER, **attribution, sub_id=EXAMPLE_SUB_ID),
    )


def sources_of(directory: Directory) -> Sequence[TrafficSource]:
    """Return the traffic sources that leads may name, in order of their numbers."""
    return [source for source in directory.traffic_sources.values() if source.paused_at is None]


def _with(url: str, **query: str) -> str:
    return f"{url}?{urlencode(query)}"
