"""Look after the API keys of a company."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadintake.domain.errors import NotFound
from leadintake.domain.use_cases.paging import Page, page_of

if TYPE_CHECKING:
    from datetime import datetime

    from leadintake.domain.company import CompanyId
    from leadintake.domain.credential import ApiKey, ApiKeyId, Permission, PrivateKeySecret
    from leadintake.domain.minting import Mint
    from leadintake.domain.ports import Clock, UnitOfWork, UnitOfWorkFactory
    from leadintake.domain.use_cases.paging import Window


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyRecord:
    """An API key as its company sees it; the private half is there only when the key has just been made."""

    key: ApiKey
    last_used_at: datetime | None = None
    private: PrivateKeySecret | None = None


def list_api_keys(company_id: CompanyId, window: Window, *, reading: UnitOfWorkFactory) -> Page[ApiKeyRecord]:
    """Return that page of the company's API keys, revoked ones included, oldest first."""
    with reading(company_id) as uow:
        page = page_of(uow.directory.all_api_keys(), window)
        uses = uow.credentials.last_uses()
    return Page([ApiKeyRecord(key=key, last_used_at=uses.get(key.id)) for key in page.items], page.total_count)


def read_api_key(company_id: CompanyId, api_key_id: ApiKeyId, *, reading: UnitOfWorkFactory) -> ApiKeyRecord:
    """Return one API key. Raises: NotFound: the company has none of that id."""
    with reading(company_id) as uow:
        return _record(uow, api_key_id)


def add_api_key(
    company_id: CompanyId,
    permissions: frozenset[Permission],
    *,
    label: str = "",
    unit_of_work: UnitOfWorkFactory,
    mint: Mint,
) -> ApiKeyRecord:
    """Make an API key, and return it with its private half, which is not to be had again.

    Raises: NotFound: there is no such company.
    """
    with unit_of_work(company_id) as uow:
        uow.directory.hold()
        key, pair = mint.api_key(company_id, permissions, label=label)
        uow.directory.add_api_key(key)
        uow.commit()
    return ApiKeyRecord(key=key, private=pair.private)


def revoke_api_key(
    company_id: CompanyId, api_key_id: ApiKeyId, *, unit_of_work: UnitOfWorkFactory, clock: Clock
) -> ApiKeyRecord:
    """End an API key for good, from the next request on; revoking it again changes nothing.

    Raises: NotFound: the company has none of that id.
    """
    with unit_of_work(company_id) as uow:
        uow.directory.revoke_api_key(api_key_id, at=clock())
        record = _record(uow, api_key_id)
        uow.commit()
    return record


def _record(uow: UnitOfWork, api_key_id: ApiKeyId) -> ApiKeyRecord:
    key = next((each for each in uow.directory.all_api_keys() if each.id == api_key_id), None)
    if key is None:
        raise NotFound
    return ApiKeyRecord(key=key, last_used_at=uow.credentials.last_uses().get(key.id))
