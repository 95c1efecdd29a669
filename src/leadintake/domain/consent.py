"""Consent: what a sender hands over as evidence that the caller agreed to be contacted.

Evidence is kept beside the lead tokens, append-only: a later post may overwrite a token, never the evidence.
Source: specification, section 11.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from leadintake.domain.company import CompanyId
    from leadintake.domain.lead import LeadId, TokenSet
    from leadintake.domain.phone import PhoneNumber
    from leadintake.domain.submission import SubmissionId


class Witness(StrEnum):
    """Who certifies what happened on the page."""

    TRUSTEDFORM = "trustedform"
    JORNAYA = "jornaya"


# The names of lead tokens that page scripts fill in, that their documents tell buyers to pass on, and that sellers of
# leads make of them; as lead tokens are spelled, in lower case. A bare "leadid" is left out: it is as often the
# sender's own number of the lead.
_CERTIFICATES: Final[Mapping[str, Witness]] = MappingProxyType(
    {
        name: witness
        for witness, names in {
            Witness.TRUSTEDFORM: (
                "xxtrustedformcerturl",
                "xxtrustedformcerturl_0",
                "xxtrustedformtoken",
                "xxtrustedformtoken_0",
                "xxtrustedformpingurl",
                "xxtrustedformpingurl_0",
                "trustedformcerturl",
                "trusted_form_cert_url",
                "trusted_form_certificate_url",
                "trusted_form_cert_id",
                "trusted_form_cert",
                "trusted_form_token",
                "trusted_form_url",
                "trusted_form",
                "trustedform_cert_url",
                "trustedform_certificate_url",
                "trustedform_cert_id",
                "trustedform_cert",
                "trustedform_token",
                "trustedform_url",
                "trustedform",
            ),
            Witness.JORNAYA: (
                "universal_leadid",
                "universal_lead_id",
                "universalleadid",
                "leadid_token",
                "lead_id_token",
                "jornaya_lead_id",
                "jornaya_leadid",
                "jornaya_lead_id_token",
                "jornaya_id",
                "jornaya_token",
                "jornaya",
            ),
        }.items()
        for name in names
    }
)
_DISCLOSURES: Final = (
    "tcpa_disclosure",
    "tcpa_text",
    "tcpa_language",
    "tcpa_consent_text",
    "tcpa_consent_language",
    "leadid_tcpa_disclosure",
    "consent_text",
    "consent_language",
    "consent_disclosure",
    "disclosure_text",
    "disclosure",
    "opt_in_text",
)
_TIMES: Final = (
    "consented_at",
    "consent_at",
    "consent_time",
    "consent_timestamp",
    "consent_date",
    "tcpa_timestamp",
    "tcpa_consent_timestamp",
    "tcpa_date",
    "opt_in_time",
    "opt_in_timestamp",
    "opt_in_date",
    "optin_timestamp",
)
# These stand in many a lead that says nothing of consent; they are evidence only beside one of the above.
_PAGES: Final = (
    "page_url",
    "landing_page_url",
    "landing_page",
    "source_url",
    "url_consent",
    "consent_url",
    "optin_url",
    "website_url",
    "url",
)
_ADDRESSES: Final = ("ip_address", "ipaddress", "user_ip", "client_ip", "consent_ip", "optin_ip", "ip")
_AGENTS: Final = ("user_agent", "useragent", "browser_user_agent")

CONSENT_NAMES: Final = frozenset({*_CERTIFICATES, *_DISCLOSURES, *_TIMES})
"""The lead tokens of which any one makes a submission carry evidence of consent."""


class Certificate(NamedTuple):
    """What leads to a witness's record: a URL or an id, under the name that it was sent by."""

    witness: Witness
    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """The evidence that came with one submission; there is at most one for each, and it never changes.

    Shape: texts are as sent, `consented_at` too. `caller_ip` is the address that the sender names, `remote_ip` the one
    that the request came from; `user_agent` what the sender names, else what the request said of itself.
    """

    company_id: CompanyId
    submission_id: SubmissionId
    lead_id: LeadId
    caller: PhoneNumber
    received_at: datetime
    certificates: tuple[Certificate, ...] = ()
    page_url: str | None = None
    caller_ip: str | None = None
    remote_ip: str | None = None
    user_agent: str | None = None
    disclosure: str | None = None
    consented_at: str | None = None


def carries_consent(tokens: TokenSet) -> bool:
    """Say whether these lead tokens hold evidence of consent."""
    return not CONSENT_NAMES.isdisjoint(tokens)


def evidence_in(tokens: TokenSet) -> dict[str, object]:
    """Return what these lead tokens say about consent, by the names of `Consent`'s fields."""
    return {
        "certificates": tuple(
            Certificate(witness, name, tokens[name]) for name, witness in _CERTIFICATES.items() if name in tokens
        ),
        "page_url": _first(tokens, _PAGES),
        "caller_ip": _first(tokens, _ADDRESSES),
        "user_agent": _first(tokens, _AGENTS),
        "disclosure": _first(tokens, _DISCLOSURES),
        "consented_at": _first(tokens, _TIMES),
    }


def _first(tokens: TokenSet, names: tuple[str, ...]) -> str | None:
    return next((tokens[name] for name in names if name in tokens), None)
