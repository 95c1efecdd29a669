"""What is remembered of erased callers, where submissions and operations are decided.

Somebody erased who had opted out has no contact any more, and is met as a new one who has opted out already: nothing
else in a decision has to know of erasure.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from leadintake.domain.erasure import CALLER_PURPOSE, caller_data

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadintake.domain.company import CompanyId
    from leadintake.domain.contact import Contact
    from leadintake.domain.phone import PhoneNumber
    from leadintake.domain.ports import ErasureLog, Keyring


def digest_of(caller: PhoneNumber, company_id: CompanyId, keyring: Keyring) -> bytes:
    """Return the digest under which a caller is kept from now on."""
    return keyring.digest(CALLER_PURPOSE, caller_data(company_id, caller))


def digests_of(caller: PhoneNumber, company_id: CompanyId, keyring: Keyring) -> Sequence[bytes]:
    """Return the digests under which a caller may be kept already, the one of `digest_of` first."""
    return keyring.digests(CALLER_PURPOSE, caller_data(company_id, caller))


def remembered(
    claimed: Mapping[PhoneNumber, Contact], *, erasures: ErasureLog, keyring: Keyring
) -> Mapping[PhoneNumber, Contact]:
    """Return the claimed contacts, those opted out who were erased after they had wished for that."""
    whose = {
        digest: caller
        for caller, contact in claimed.items()
        if contact.is_new
        for digest in digests_of(caller, contact.company_id, keyring)
    }
    found = erasures.opted_out(whose) if whose else {}
    if not found:
        return claimed
    contacts = dict(claimed)
    for digest, erased_at in found.items():
        caller = whose[digest]
        contacts[caller] = replace(contacts[caller], opted_out_at=erased_at)
    return contacts


def is_to_be_saved(contact: Contact, claimed: Contact) -> bool:
    """Say whether a contact is news: somebody known only as erased and opted out is not kept again for that."""
    return contact != claimed or (contact.is_new and contact.opted_out_at is None)
